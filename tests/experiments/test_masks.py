"""The experiment on masks: what is scored again, and what is refused."""

import json
import runpy
import sys
from pathlib import Path

import pytest

from kineograph.core.errors import UserError

EVALUATE = runpy.run_path(str(Path(__file__).resolve().parents[2] / "experiments" / "masks" / "evaluate.py"))


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """Stands in for ``kineograph evaluate``; one run that has seen 8 images."""
    made: list[dict[str, str]] = []

    def evaluate(words: list[str]) -> int:
        told = dict(word.split("=", 1) for word in words[1:])
        made.append(told)
        out = Path(told["out"])
        (out / "tables").mkdir(parents=True)
        kinds = {"flow": "trained"} | ({"real": "reference", "jitter": "reference"} if "references" in told else {})
        seen = json.loads((run / "status.json").read_text())["images_seen"]
        for name, kind in kinds.items():
            row = {"name": name, "kind": kind, "metrics": {"clip_distance": 0.5}, "draws": {"clip_distance": [0.5]}}
            row |= {"protocol": {"name": "p", "hash": "1"}, "train_seconds": 60.0, "images_seen": seen}
            row |= {"higher_is_better": dict.fromkeys(told["metrics"].strip("[]").split(","), False)}
            (out / f"{name}.json").write_text(json.dumps(row))
        return 0

    run = tmp_path / "zoo" / "flow-1"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text("name: flow")
    (run / "status.json").write_text('{"images_seen": 8}')
    monkeypatch.setitem(EVALUATE["main"].__globals__, "kineograph", evaluate)
    monkeypatch.setattr(sys, "argv", ["evaluate.py", str(run), "--out", str(tmp_path / "out")])
    return made


def test_what_is_scored_is_scored_again_where_the_run_went_on_or_metrics_changed(tmp_path, monkeypatch, calls):
    assert EVALUATE["main"]() == 0 and len(calls) == 10  # references and one run at five tasks
    assert EVALUATE["main"]() == 0 and len(calls) == 10
    (tmp_path / "zoo" / "flow-1" / "status.json").write_text('{"images_seen": 16}')
    assert EVALUATE["main"]() == 0 and len(calls) == 15
    assert all(told["real"] == "false" for told in calls[10:])
    monkeypatch.setitem(EVALUATE["main"].__globals__, "METRICS", ["clip_distance"])
    assert EVALUATE["main"]() == 0 and len(calls) == 25
    table = (tmp_path / "out" / "tables.md").read_text()
    assert table.count("| flow |") == table.count("| jitter |") == 5


def test_rows_of_two_protocols_are_refused(tmp_path, calls):
    assert EVALUATE["main"]() == 0
    path = tmp_path / "out" / "predict" / "zoo" / "flow-1" / "flow.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"protocol": {"name": "q", "hash": "2"}}))
    with pytest.raises(UserError, match="not measured under one protocol"):
        EVALUATE["main"]()
