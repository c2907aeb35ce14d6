import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kineograph.core.errors import ConfigError, UserError
from kineograph.core.run import Run, read_json, write_atomic


def test_twenty_claims_in_one_second(tmp_path):
    with ThreadPoolExecutor(20) as pool:
        runs = list(pool.map(lambda _: Run.claim(tmp_path / "runs", "gan"), range(20)))
    assert len({run.path for run in runs}) == 20
    assert all(run.path.is_dir() and "_gan_" in run.path.name for run in runs)


def test_claim_retries_a_taken_name(tmp_path, monkeypatch):
    suffixes = iter(["a", "a", "b"])
    monkeypatch.setattr("kineograph.core.run.secrets.token_hex", lambda _: next(suffixes))
    monkeypatch.setattr("kineograph.core.run.time.strftime", lambda _: "now")
    assert Run.claim(tmp_path, "x").path.name == "now_x_a"
    assert Run.claim(tmp_path, "x").path.name == "now_x_b"


@pytest.mark.parametrize("name", ["plain", "with space", "a=b,c", "[x]", "ünï"])
def test_a_given_folder_must_be_new(tmp_path, name):
    run = Run.claim_at(tmp_path / "deep" / name)
    assert run.path.is_dir()
    with pytest.raises(ConfigError, match="exists; resume it"):
        Run.claim_at(tmp_path / "deep" / name)


def test_unwritable_place(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot make"):
        Run.claim(tmp_path / "file" / "runs", "x")
    with pytest.raises(UserError, match="cannot make"):
        Run.claim_at(tmp_path / "file" / "x")


def test_describes_itself(tmp_path):
    run = Run.claim(tmp_path, "x")
    run.describe({"seed": 3, "name": "n", "run_dir": str(run.path)}, ["seed=3"], {"animator": "gan"}, ["mine"])
    assert Run.open(run.path).config()["seed"] == 3
    assert Run.open(run.path).name == "n"
    assert run.facts()["allowed"] == ["mine"]
    assert run.facts()["versions"]["torch"]
    assert json.loads((run.path / "overrides.json").read_text())["choices"] == {"animator": "gan"}


def test_paths_follow_a_moved_folder(tmp_path):
    run = Run.claim_at(tmp_path / "old")
    run.describe({"run_dir": str(run.path), "a": [{"b": f"{run.path}/x"}], "c": f"{run.path}er"}, [], {}, [])
    run.path.rename(tmp_path / "new")
    config = Run.open(tmp_path / "new").config()
    assert config == {"run_dir": f"{tmp_path}/new", "a": [{"b": f"{tmp_path}/new/x"}], "c": f"{run.path}er"}


def test_what_is_no_run_folder(tmp_path):
    with pytest.raises(UserError, match="no run folder"):
        Run.open(tmp_path / "nothing")
    with pytest.raises(UserError, match="no config.yaml"):
        Run.open(tmp_path)
    (tmp_path / "config.yaml").write_text("[1, 2]")
    with pytest.raises(UserError, match="holds no configuration"):
        Run.open(tmp_path).config()
    (tmp_path / "config.yaml").write_text("a: [")
    with pytest.raises(UserError, match="cannot read"):
        Run.open(tmp_path).config()


def test_status_grows(tmp_path):
    run = Run(tmp_path)
    run.update_status(state="running")
    run.update_status(images_seen=5)
    assert run.status()["state"] == "running"
    assert run.status()["images_seen"] == 5
    with pytest.raises(ValueError, match="a state is one of"):
        run.update_status(state="dead")


def test_atomic_write_leaves_the_old_file_on_failure(tmp_path, monkeypatch):
    path = tmp_path / "x.json"
    write_atomic(path, "{}")
    monkeypatch.setattr("kineograph.core.run.os.replace", _full)
    with pytest.raises(UserError, match="No space left"):
        write_atomic(path, "[]")
    assert path.read_text() == "{}"
    assert list(tmp_path.iterdir()) == [path]


def _full(*_: Path) -> None:
    raise OSError(28, "No space left on device")


def test_broken_json(tmp_path):
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(UserError, match="cannot read"):
        read_json(tmp_path / "x.json")
