import json

import pytest

from kineograph.cli.main import main

QUICK = ["metrics=[clip_distance_motion]", "data.source.num_clips=240", "data.num_windows=1", "previews=2"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path / "cache"))


def test_copies_of_training_clips_are_caught_and_others_are_not(tmp_path, capsys):
    """``nearest`` shows a training clip after the given picture, ``jitter`` none."""
    command = ["evaluate", "--memorisation", "references=[nearest,jitter]", f"out={tmp_path}/out", *QUICK]
    assert main(command) == 0
    out = capsys.readouterr().out
    found = json.loads((tmp_path / "out" / "memorisation.json").read_text())
    rows = {(row["name"], row["by"]): row for row in found["rows"]}
    assert set(rows) == {(name, by) for name in ("nearest", "jitter") for by in ("features", "pixels")}
    assert rows["nearest", "pixels"]["caught"] and rows["nearest", "pixels"]["value"] > 0.9
    assert not rows["jitter", "pixels"]["caught"]
    assert "!" in out
    html = (tmp_path / "out" / "memorisation.html").read_text(encoding="utf-8")
    assert "nearest training clip" in html and html.count('class="film"') == 2 * 2 * 3
    assert found["protocol"]["split"] == "held_out" and found["num_training_clips"] > 150


def test_mistakes(capsys, tmp_path):
    for words, message in {
        ("references=[frozen]", "metrics=[flicker]"): "looks through the network of the clip distance",
        ("metrics=[clip_distance_motion]",): "wants an animator",
    }.items():
        assert main(["evaluate", "--memorisation", *words, "data.source.num_clips=240", f"out={tmp_path}"]) == 1
        assert message in capsys.readouterr().err.splitlines()[-1]
