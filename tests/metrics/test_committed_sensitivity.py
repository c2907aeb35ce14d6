"""The committed matrix (experiments/sensitivity): what the pages say of it, and today's code finds its signs again."""

import csv
from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from kineograph.cli.compose import compose
from kineograph.core.build import build
from kineograph.core.types import Clip
from kineograph.metrics.damages import DAMAGES, num_dense
from kineograph.metrics.sensitivity import sensitivity

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "sensitivity"
MOTION = [name for name, damage in DAMAGES.items() if damage.harms == "motion"]

Cells = dict[tuple[str, str, float], dict[str, float]]


def read(path: Path) -> Cells:
    with path.open(newline="") as file:
        return {
            (row["metric"], row["damage"], float(row["strength"])): {
                name: float(row[name]) for name in ("real", "real_error", "value", "error", "sign")
            }
            for row in csv.DictReader(file)
        }


@pytest.fixture(scope="module")
def committed() -> Cells:
    return read(FOLDER / "sensitivity.csv")


@pytest.fixture(scope="module")
def accepted() -> Cells:
    """The clip distance on all held-out clips."""
    return read(FOLDER / "clip_distance" / "sensitivity.csv")


@pytest.mark.parametrize("matrix", ["committed", "accepted"])
def test_every_damage_at_every_strength_is_there(matrix, request):
    cells = request.getfixturevalue(matrix)
    metrics = {metric for metric, _, _ in cells}
    assert {"clip_distance", "clip_distance_motion", "kd_transnetv2"} <= metrics
    wanted = {(metric, name, s) for metric in metrics for name, damage in DAMAGES.items() for s in damage.strengths}
    assert cells.keys() == wanted


@pytest.mark.parametrize("metric", ["clip_distance", "clip_distance_motion"])
@pytest.mark.parametrize("name", MOTION)
def test_damage_to_the_motion_leaves_the_floor_and_rises(accepted, metric, name):
    """Above the 95 % interval of the real clips' own distance, and the stronger the damage, the farther."""
    cells = [accepted[metric, name, strength] for strength in DAMAGES[name].strengths]
    assert cells[0]["value"] < cells[1]["value"] < cells[2]["value"]
    assert cells[2]["value"] > cells[2]["real"] + 1.96 * cells[2]["real_error"]


@pytest.mark.parametrize("metric", ["clip_distance", "clip_distance_motion"])
def test_looks_alone_do_not_dominate(accepted, metric):
    strongest = {name: accepted[metric, name, damage.strengths[-1]]["value"] for name, damage in DAMAGES.items()}
    cuts = {"identity_swap"}  # a cut in the middle is a motion too
    looks = [strongest[name] for name, damage in DAMAGES.items() if damage.harms == "look" and name not in cuts]
    assert max(looks) < sorted(strongest[name] for name in MOTION)[len(MOTION) // 2]


@pytest.mark.download
def test_todays_code_finds_the_signs_again(committed):
    """Quick metrics on the same clips; needs the emoji prepared (data.source.packages=4)."""
    names = ["clip_distance_motion", "motion_distance", "flicker", "frame_repeat_rate"]
    config = compose(
        "evaluate", ["data=fluent_emoji", "data.source.packages=4", f"metrics=[{','.join(names)}]"], []
    ).config
    plain = OmegaConf.to_container(config, resolve=True)
    data = build(plain["data"] | {"num_frames": num_dense(config.protocol.num_frames), "fps": 2 * config.protocol.fps})
    dense = Clip(*(torch.cat(part) for part in zip(*data.held_out_loader(50, num_clips=100), strict=True)))
    metrics = {name: build(plain["metrics"][name] | {"num_resamples": 2}) for name in names}
    # damages draw by their place in the list of all
    readings = sensitivity(metrics, dense, data.task, [*DAMAGES], 50, 5, config.protocol.seed, lambda words: None)
    for reading in readings:
        was = committed[reading.metric, reading.damage, reading.strength]
        assert reading.value == pytest.approx(was["value"], rel=1e-3, abs=1e-4), reading
        assert reading.sign == was["sign"], reading
