"""The weights in the package: small enough, described, and today's code gets their scores."""

import json
from pathlib import Path

import pytest

from kineograph.cli.main import main
from kineograph.runtime.loaded import shipped_folder

NAMES = ["gan", "flow"]


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_small_and_described(name):
    folder = shipped_folder(name)
    assert (folder / "weights.safetensors").stat().st_size <= 8_000_000
    card = json.loads((folder / "card.json").read_text())
    assert card["command"][:2] == ["kineograph", "train"]
    assert card["data"]["hash"] and card["data"]["licence"] and card["data"]["attribution"]
    assert card["scores"]["metrics"]["clip_distance"] is not None
    assert card["train_seconds"] <= 3600


@pytest.mark.parametrize("name", NAMES)
def test_todays_code_gets_the_same_scores(name, tmp_path):
    """On drawn clips, which need no download; the card's `check` was written by this same command."""
    wanted = json.loads((shipped_folder(name) / "card.json").read_text())["check"]
    assert check(name, tmp_path) == pytest.approx(wanted, rel=2e-2, abs=1e-3)


def check(name: str, out: Path) -> dict[str, float]:
    """Scores on a few clips of moving_shapes."""
    names = ["motion_distance", "flicker", "warping_error"]
    code = main(
        ["evaluate", f"shipped={name}", "data=moving_shapes", "num_clips=16", "previews=1", "real=false", f"out={out}"]
        + [f"metrics=[{','.join(names)}]"]
    )
    assert code == 0
    row = next(path for path in out.glob("*.json"))
    return {metric: json.loads(row.read_text())["metrics"][metric] for metric in names}
