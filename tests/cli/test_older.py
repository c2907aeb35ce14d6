import pytest
import yaml

from kineograph.cli.main import main
from kineograph.cli.older import up_to_date
from kineograph.cli.resume import ROLES, reopen
from kineograph.core.build import check
from kineograph.core.run import Run
from kineograph.runtime.worker import work
from tests.runtime.tiny_run import CONF, tiny_run


def older(run: Run, *keys: str) -> Run:
    """The run as a version wrote it that had no such keys."""
    config = yaml.safe_load((run.path / "config.yaml").read_text())
    for key in keys:
        *places, last = key.split(".")
        node = config
        for place in places:
            node = node[place]
        del node[last]
    (run.path / "config.yaml").write_text(yaml.safe_dump(config))
    return run


def test_arguments_of_today_are_filled_in_and_told_in_one_line(tmp_path, capsys):
    words = ["animator=gan", "animator.num_answers=1", "data=moving_shapes", f"run_dir={tmp_path}/run"]
    assert main(["train", *words, "--prepare"]) == 0
    capsys.readouterr()
    whole = Run.open(tmp_path / "run").config()
    gone = ["animator.num_answers", "animator.view", "callbacks.checkpoint.every_epochs", "data.max_bad"]
    run = older(Run.open(tmp_path / "run"), *gone)
    assert up_to_date(run, [], ROLES) == whole  # as its own words say: 1 answer, not the default 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "is of an earlier version; filled in: " in line
    for told in ("animator.num_answers=1", "animator.view={...}", "data.max_bad=0.01"):
        assert told in line
    check(up_to_date(run, [], ("animator",))["animator"])
    assert "max_bad" not in up_to_date(run, [], ("animator",))["data"]


def test_a_family_whose_words_are_lost(tmp_path, capsys):
    assert main(["train", "animator=diffusion", "data=moving_shapes", f"run_dir={tmp_path}/run", "--prepare"]) == 0
    run = older(Run.open(tmp_path / "run"), "animator.rollout", "animator.ema_halflife")
    (run.path / "overrides.json").unlink()
    assert up_to_date(run, [], ("animator",))["animator"]["ema_halflife"] == 20000
    assert "filled in" in capsys.readouterr().err


def test_callbacks_are_not_added(tmp_path, capsys):
    run = tiny_run(tmp_path / "run")
    assert up_to_date(run, [CONF], ROLES) == run.config()
    assert capsys.readouterr().err == ""


def test_an_older_run_goes_on(tmp_path):
    run = tiny_run(tmp_path / "run", "max_images=16")
    assert work(run) == 0
    older(run, "callbacks.checkpoint.every_epochs", "animator.brightness")
    reopen(str(run.path), ["max_images=24"], [CONF])
    assert work(run) == 0
    assert run.config()["animator"]["brightness"] == 0.0
    assert run.status()["images_seen"] == 24


@pytest.mark.parametrize("target", ["tests.runtime.nowhere.Gone", "os.system"])
def test_what_cannot_be_filled_in_is_left_to_the_check(tmp_path, target):
    run = tiny_run(tmp_path / "run")
    config = run.config()
    config["animator"]["_target_"] = target
    (run.path / "config.yaml").write_text(yaml.safe_dump(config))
    assert up_to_date(run, [CONF], ROLES) == config
