import json
from pathlib import Path

import pytest

import kineograph
from kineograph.cli.main import main
from kineograph.core.run import Run
from kineograph.runtime.loaded import load
from kineograph.runtime.worker import work
from tests.runtime.tiny_run import tiny_run


def test_what_is_exported_samples_as_the_run_does(tmp_path, capsys):
    run = tiny_run(tmp_path / "run", "max_images=8")
    work(run)
    assert main(["export", f"run={run.path}", "-o", str(tmp_path / "out"), "--allow", "tests"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out")
    exported = Run.open(tmp_path / "out")
    assert (
        load(exported, exported.config(), "cpu", "shipped").weights == load(run, run.config(), "cpu", "trained").weights
    )
    assert json.loads((exported.path / "card.json").read_text())["images_seen"] == 8


def test_a_run_is_not_written_over(tmp_path, capsys):
    run = tiny_run(tmp_path / "run", "max_images=8")
    work(run)
    before = (run.path / "config.yaml").read_text()
    assert main(["export", f"run={run.path}", "-o", str(run.path), "--allow", "tests"]) == 1
    assert "the run's own folder" in capsys.readouterr().err
    assert (run.path / "config.yaml").read_text() == before


def test_what_is_exported_neither_goes_on_nor_is_exported_again(tmp_path, capsys):
    shipped = Path(kineograph.__file__).parent / "shipped" / "gan"
    assert main(["train", f"resume={shipped}"]) == 2
    assert main(["export", f"run={shipped}", "-o", str(tmp_path / "out")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and all("was exported" in line and "the run itself" in line for line in lines)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("where", ["none"])
def test_mistakes(tmp_path, where):
    assert main(["export", f"run={tmp_path}/{where}", "-o", str(tmp_path / "out")]) == 1
