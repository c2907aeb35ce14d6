import pytest

from kineograph.cli.compose import amend, compose, dotted_keys, group_choices
from kineograph.core.errors import ConfigError
from tests.runtime.tiny_run import CHOICES, CONF


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("animator.acumulate=2", "no key 'animator.acumulate'.*Did you mean 'animator.accumulate'"),
        ("acumulate=2", "Did you mean 'animator.accumulate'"),
        ("max_image=3", "Did you mean 'max_images'"),
        ("animater=gan", "Did you mean 'animator'"),
        ("animator=difusion", "animator: there is no choice 'difusion'. Did you mean 'diffusion'"),
        ("logger=[csv,wanb]", "logger: there is no choice 'wanb'. Did you mean 'wandb'"),
        ("animator/generatr=warp", "no config group 'animator/generatr'. Did you mean 'animator/generator'"),
        ("animator/sampler=huen", "animator/sampler: there is no choice 'huen'. Did you mean 'heun'"),
        ("+secret=1", "no key 'secret' in conf/train.yaml"),
        ("~max_imagess", "Did you mean 'max_images'"),
        ("data=null", "left out with ~data$"),
        ("animator/levels@animator.process.draw=null", "left out with ~animator/levels@animator.process.draw$"),
        ("seed=1,2", "add -m"),
        ("seed=[1", "not an override that Hydra can read"),
        ("seed", "write KEY=VALUE"),
    ],
)
def test_mistakes_are_answered_with_a_suggestion(override, words):
    with pytest.raises(ConfigError, match=words) as caught:
        compose("train", [*CHOICES, override], [CONF])
    assert "\n" not in str(caught.value)
    assert caught.value.code == 2


DIFFUSION = ["animator=diffusion", "animator/process=recipe"]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (
            [*DIFFUSION, "animator/levels=mode"],
            "Did you mean 'animator/levels@animator.process.draw'",
        ),
        ([*DIFFUSION, "~animator/weighting"], "Did you mean 'animator/weighting@animator.process.weighting'"),
        (["animator/init=he"], "Did you mean 'animator/init@.*clip.part.init' or 'animator/init@.*frame.part.init'"),
        (["animator/levels=mode"], "nothing in the configuration is chosen by 'animator/levels'.$"),
        (["animator.lr=1e-3"], "Did you mean 'animator.optimizer.lr'"),
        (["animator.discriminators_optimizer.lr=1"], "Did you mean 'animator.discriminator_optimizer.lr'"),
        (["animator.generator.num_frames=1"], "Did you mean 'animator.num_frames'"),
        (["trainer.devces=1"], "Did you mean 'trainer.devices'"),
    ],
)
def test_a_suggestion_can_be_taken(words, answer):
    with pytest.raises(ConfigError, match=answer):
        compose("train", words, [])


def test_a_wrong_experiment_is_told_those_beside_it():
    def told(name: str) -> str:
        with pytest.raises(ConfigError) as caught:
            compose("train", [f"experiment={name}"], [])
        return str(caught.value)

    line = told("gan/mlp_gann")
    assert "Did you mean 'gan/mlp_gan'" in line and "gan/dcgan_video" in line
    assert "diffusion/" not in line and "quickstart" not in line
    for name, close in (("mlp_gan", "gan/mlp_gan"), ("gen/mlp_gan", "gan/mlp_gan")):
        line = told(name)
        assert f"Did you mean '{close}'" in line and "codec/..., diffusion/..., gan/..." in line
        assert "gan/dcgan_video" not in line


def test_choices_that_a_configuration_gets_wrong(tmp_path):
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(
        "# @package _global_\ndefaults:\n  - override /animator: difusion\n"
    )
    with pytest.raises(ConfigError, match="no choice 'difusion'. Did you mean 'diffusion'"):
        compose("train", ["experiment=mine"], [str(tmp_path)])


def test_own_folder(tmp_path):
    assert compose("train", CHOICES, [CONF]).choices["animator"] == "tiny_part"
    with pytest.raises(ConfigError, match="no folder"):
        compose("train", [], [str(tmp_path / "none")])


def test_groups_and_keys():
    assert {"csv", "tensorboard", "wandb"} <= set(group_choices([])["logger"])
    assert {"quickstart_gan", "gan/mlp_gan"} <= set(group_choices([])["experiment"])
    assert dotted_keys({"a": {"b": 1}, "c": 2}) == ["a", "a.b", "c"]


def test_an_experiment_in_a_folder_is_suggested_too():
    with pytest.raises(ConfigError, match="Did you mean 'gan/mlp_gan'"):
        compose("train", ["experiment=gan/mlp_gann"], [])


def test_amending_a_run():
    config = {"animator": {"sampler": {"num_steps": 10}}, "seed": 1}
    assert amend(config, ["animator.sampler.num_steps=3"])["animator"]["sampler"]["num_steps"] == 3
    for wrong in ("animator.samplr.num_steps=3", "+animator.x=1"):
        with pytest.raises(ConfigError, match="has no key"):
            amend(config, [wrong])
