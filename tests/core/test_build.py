from pathlib import Path

import pytest
import torch
from torch import nn

from kineograph.core import build as module
from kineograph.core.build import allow, build, check, conf_dir, locate, suggest
from kineograph.core.errors import ConfigError, UserError

LINEAR = {"_target_": "torch.nn.Linear", "in_features": 2, "out_features": 3}


@pytest.fixture(autouse=True)
def own_allowlist(monkeypatch):
    monkeypatch.setattr(module, "ALLOWED", list(module.OURS))


def test_builds_at_any_depth():
    built = build({"a": {"b": [LINEAR]}, "c": 1})
    assert isinstance(built["a"]["b"][0], nn.Linear)
    assert type(built["a"]) is dict
    assert type(built["a"]["b"]) is list


def test_extras_reach_the_top_object_as_they_are():
    weight = nn.Linear(1, 1)
    built = build({"_target_": "kineograph.core.types.Weighted", "weight": 1.0}, part=weight)
    assert built.part is weight


def test_partial():
    make = build({"_target_": "torch.optim.AdamW", "_partial_": True, "lr": 0.5})
    assert make(nn.Linear(1, 1).parameters()).defaults["lr"] == 0.5


@pytest.mark.parametrize(
    "target",
    ["os.system", "builtins.open", "numpy.load", "torch.load", "kineographer.X", "pathlib.Path", "hydra.utils.call"],
)
def test_refused_before_import(target, monkeypatch):
    monkeypatch.setattr(module.importlib, "import_module", lambda name: pytest.fail(f"imported {name}"))
    with pytest.raises(ConfigError, match="not in an allowed package"):
        build({"deep": [{"down": {"_target_": target}}]})


@pytest.mark.parametrize(
    "target",
    [
        "kineograph.core.run.subprocess.run",  # through one of our modules into another package
        "kineograph.core.run.os.system",
        "torch.nn.modules.module.torch.load",
        "torch.nn.functional.relu",  # a function
        "pytorch_lightning.LightningModule.load_from_checkpoint",
    ],
)
def test_only_classes_that_an_allowed_package_defines(target):
    with pytest.raises(ConfigError, match="not a class of an allowed package"):
        build({"_target_": target})


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"x": {**LINEAR, "_target_": "torch.nn.Linaer"}}, "x: .*'Linaer'.*Did you mean 'Linear'"),
        ({"_target_": "kineograph.core.rnu.Run"}, "'rnu'.*Did you mean 'run'"),
        ({"x": {**LINEAR, "in_feature": 2}}, "x.in_feature: Linear takes no 'in_feature'"),
        ({"x": {"_target_": "torch.nn.Linear", "in_features": 2}}, "x: Linear needs out_features"),
        ({"x": {"_target_": 3}}, "x: a _target_ is the dotted name"),
        ({"x": {"_target_": "kineograph.core.frozen.Frozen", "identity": 1}}, "Frozen needs load"),
    ],
)
def test_mistakes_are_told_with_their_place(config, words):
    with pytest.raises(ConfigError, match=words):
        check(config)


def test_wrong_kind_of_value():
    store = {"_target_": "kineograph.runtime.checkpoint_store.CheckpointStore", "folder": "x"}
    with pytest.raises(ConfigError, match="keep: CheckpointStore wants int here, not 'many'"):
        check({**store, "keep": "many"})
    with pytest.raises(ConfigError, match="wants int here, not True"):
        check({**store, "keep": True})


def test_whole_numbers_serve_as_floats():
    progress = {"_target_": "kineograph.callbacks.progress_report.ProgressReport", "max_images": 1, "every_seconds": 2}
    built = build([progress])[0]
    assert type(built.every_seconds) is float
    assert type(built.max_images) is int


def test_user_errors_of_constructors_come_through():
    with pytest.raises(UserError, match="keep=1"):
        build({"a": {"_target_": "kineograph.runtime.checkpoint_store.CheckpointStore", "folder": "x", "keep": 1}})


def test_allow_adds_a_package_and_only_that():
    allow("tests")
    assert build({"_target_": "tests.core.test_build.Own", "size": 3}).size == 3
    assert module.allowed() == ["tests"]
    with pytest.raises(ConfigError, match="name of a Python package"):
        allow("os; import")


def test_missing_package_of_an_allowed_name():
    allow("nowhere_to_be_found")
    with pytest.raises(ConfigError, match="no package 'nowhere_to_be_found'"):
        locate("nowhere_to_be_found.Thing")


def test_unresolvable_configuration():
    from omegaconf import OmegaConf

    with pytest.raises(ConfigError, match="cannot be resolved"):
        build(OmegaConf.create({"a": "${b}"}))


def test_conf_dir_is_where_the_yaml_is(tmp_path, monkeypatch):
    assert (conf_dir() / "train.yaml").is_file()
    (tmp_path / "conf").mkdir()
    monkeypatch.setattr(module, "__file__", str(tmp_path / "core" / "build.py"))
    assert conf_dir() == Path(tmp_path / "conf")


def test_suggest():
    assert suggest("bach_size", ["batch_size", "seed"]) == " Did you mean 'batch_size'?"
    assert suggest("xyz", ["batch_size"]) == ""


def test_does_not_touch_the_random_state():
    before = torch.random.get_rng_state()
    check(LINEAR)
    assert torch.equal(before, torch.random.get_rng_state())


class Own:
    def __init__(self, *, size: int):
        self.size = size
