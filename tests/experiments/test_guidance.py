"""The experiment on guidance: what was scored with the same words is kept, and runs are counted once."""

import json
import runpy
import sys
from pathlib import Path

import pytest

from kineograph.core.errors import UserError

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "guidance"
EVALUATE, TABULATE = (runpy.run_path(str(FOLDER / name)) for name in ("evaluate.py", "tabulate.py"))


@pytest.fixture
def calls(tmp_path, monkeypatch):
    """Stands in for ``kineograph evaluate``; two runs, of which one is told captions."""
    made: list[list[str]] = []

    def evaluate(words: list[str]) -> int:
        made.append(words)
        told = dict(word.split("=", 1) for word in words[1:])
        for name in ("real", "flow"):
            row = {"name": name, "metrics": {"clip_distance": 0.5}, "protocol": {"hash": told.get("num_clips", "all")}}
            path = Path(told["out"]) / f"{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(row))
        return 0

    monkeypatch.setitem(EVALUATE["main"].__globals__, "kineograph", evaluate)
    for name, told in (("a", "true"), ("b", "false")):
        (tmp_path / "runs" / name / "checkpoints").mkdir(parents=True)
        (tmp_path / "runs" / name / "checkpoints" / "1.ckpt").write_text("")
        (tmp_path / "runs" / name / "config.yaml").write_text(f"tell_text: {told}")
        (tmp_path / "runs" / name / "status.json").write_text('{"images_seen": 8}')
    return made


def evaluated(monkeypatch, folder: Path, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["evaluate.py", str(folder / "runs"), "--out", str(folder / "out"), *words])
    assert EVALUATE["main"]() == 0


def test_a_try_is_not_passed_off_as_the_whole(tmp_path, monkeypatch, calls):
    evaluated(monkeypatch, tmp_path, "num_clips=8", "--scales", "0", "1")
    assert len(calls) == 4
    stale = tmp_path / "out" / "a" / "0" / "frozen.json"
    stale.write_text("{}")
    evaluated(monkeypatch, tmp_path, "num_clips=8", "--scales", "0", "1")
    assert len(calls) == 4 and stale.exists()
    evaluated(monkeypatch, tmp_path, "--scales", "0")
    assert len(calls) == 6 and not stale.exists()
    with pytest.raises(UserError, match="measured under two protocols"):
        TABULATE["lines"](tmp_path / "out")  # scale 1 is still the try's
    evaluated(monkeypatch, tmp_path, "--scales", "0", "1")
    assert len(calls) == 8
    assert {line["row"] for line in TABULATE["lines"](tmp_path / "out")} == {"real", "scale 0", "scale 1"}


def test_a_run_that_went_on_is_scored_anew(tmp_path, monkeypatch, calls):
    evaluated(monkeypatch, tmp_path, "--scales", "1")
    (tmp_path / "runs" / "a" / "status.json").write_text('{"images_seen": 16}')
    evaluated(monkeypatch, tmp_path, "--scales", "1")
    assert len(calls) == 3 and calls[2][1] == f"run={tmp_path / 'runs' / 'a'}"


def done(folder: Path, run: str, scale: float, value: float) -> None:
    path = folder / run / f"{scale:g}" / "done.json"
    path.parent.mkdir(parents=True)
    rows = {"real": {"clip_distance": 0.0}, "flow": {"clip_distance": value}}
    path.write_text(json.dumps({"told": "text", "scale": scale, "protocol": "1", "rows": rows}))


def test_runs_are_counted_once_and_one_run_has_no_spread(tmp_path):
    for scale in (0.0, 1.0, 2.0):
        done(tmp_path, "a", scale, 1.0)
    done(tmp_path, "b", 1.0, 2.0)
    real, first, second, _ = TABULATE["lines"](tmp_path)
    assert (real["row"], real["runs"], first["runs"], second["runs"]) == ("real", 2, 1, 2)
    assert "clip_distance_sd" not in first and second["clip_distance_sd"] == pytest.approx(0.5**0.5)
    assert TABULATE["cell"](first, "clip_distance") == "1"
    assert TABULATE["cell"](second, "clip_distance") == "1.5 ± 0.71"
    assert TABULATE["cell"](first, "caption_retrieval") == ""
