import json

import pytest

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


@pytest.mark.parametrize("where", ["none"])
def test_mistakes(tmp_path, where):
    assert main(["export", f"run={tmp_path}/{where}", "-o", str(tmp_path / "out")]) == 1
