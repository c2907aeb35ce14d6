"""YAML from elsewhere, in a --config-dir or in a run folder, cannot name what is not allowed: refused before import."""

import sys
from pathlib import Path

import pytest
import torch
import yaml
from PIL import Image

from kineograph.cli.main import main
from kineograph.core import build
from kineograph.core.run import Run
from kineograph.runtime.checkpoint_store import CheckpointStore

EVIL = ["os.system", "evil.Payload", "torch.load", "kineograph.core.run.subprocess.run", "builtins.exec"]


@pytest.fixture
def canary(tmp_path, monkeypatch) -> Path:
    """A package that leaves a trace when it is imported, in the working directory."""
    monkeypatch.setattr(build, "ALLOWED", list(build.OURS))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w').close()\nclass Payload: ...\n")
    yield tmp_path / "canary"
    sys.modules.pop("evil", None)


@pytest.mark.parametrize("target", EVIL)
def test_from_a_config_dir(tmp_path, canary, capsys, target):
    folder = tmp_path / "conf" / "callbacks"
    folder.mkdir(parents=True)
    part = [{"deep": {"_target_": target}}]
    deep = {"evil": {"_target_": "kineograph.core.types.Weighted", "weight": 1.0, "part": part}}
    (folder / "evil.yaml").write_text(yaml.safe_dump(deep))
    words = ["train", "data=moving_shapes", "callbacks=[evil]", "--config-dir", str(tmp_path / "conf")]
    assert main([*words, f"run_dir={tmp_path}/run"]) == 2
    line = capsys.readouterr().err
    assert target in line and "allowed package" in line
    assert not canary.exists() and not (tmp_path / "run").exists()


@pytest.mark.parametrize("target", EVIL)
def test_from_a_run_that_was_sent(tmp_path, canary, capsys, target):
    """Its facts say that everything is allowed; that counts for nothing."""
    words = ["train", "animator=regression", "data=moving_shapes", "callbacks=[]", f"run_dir={tmp_path}/run"]
    assert main([*words, "--prepare"]) == 0
    run = Run.open(tmp_path / "run")
    config = run.config()
    config["animator"]["losses"]["evil"] = {"_target_": target}
    (run.path / "config.yaml").write_text(yaml.safe_dump(config))
    CheckpointStore(folder=str(run.checkpoints), keep=2).save({"animator": {}, "x": torch.zeros(1)}, 8)
    Image.new("RGB", (32, 32)).save(tmp_path / "picture.png")
    commands = [
        ["train", f"resume={run.path}"],
        ["animate", str(tmp_path / "picture.png"), "-o", str(tmp_path / "out.mp4"), f"run={run.path}"],
        ["evaluate", f"run={run.path}", "references=[]"],
        ["export", f"run={run.path}", "-o", str(tmp_path / "export")],
    ]
    for command in commands:
        capsys.readouterr()
        assert main(command) == 2, command
        assert target in capsys.readouterr().err.splitlines()[-1]
    (run.path / "facts.json").write_text('{"allowed": ["evil", "os", "torch", "builtins"]}')
    assert main(commands[0]) == 2
    assert "if you trust that package" in capsys.readouterr().err
    assert not canary.exists()
