import json
import shutil

import pytest

import kineograph
from kineograph.core.errors import UserError
from kineograph.runtime.loaded import load, shipped_folder
from kineograph.runtime.weights import export_weights
from kineograph.runtime.worker import work
from tests.runtime.tiny_run import tiny_run


def test_a_run_and_the_shipped_form_of_it(tmp_path, monkeypatch):
    run = tiny_run(tmp_path / "run", "max_images=8")
    with pytest.raises(UserError, match="no checkpoint yet"):
        load(run, run.config(), "cpu", "trained")
    work(run)
    trained = load(run, run.config(), "cpu", "trained")
    assert (trained.name, trained.facts["images_seen"]) == ("tiny_part", 8)

    monkeypatch.setattr(kineograph, "__file__", str(tmp_path / "package" / "__init__.py"))
    folder = tmp_path / "package" / "shipped" / "tiny"
    export_weights(trained.animator, folder / "weights.safetensors", {})
    shutil.copy(run.path / "config.yaml", folder)
    (folder / "card.json").write_text(json.dumps({"train_seconds": 5.0, "images_seen": 8}))
    shipped = load(type(run).open(shipped_folder("tiny")), run.config(), "cpu", "shipped")
    assert shipped.weights == trained.weights
    assert shipped.facts["train_seconds"] == 5.0
    with pytest.raises(UserError, match="no shipped weights 'x'; there are: tiny"):
        shipped_folder("x")
