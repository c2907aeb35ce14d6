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

MATRIX = Path(__file__).resolve().parents[2] / "experiments" / "sensitivity" / "sensitivity.csv"
MOTION = [name for name, damage in DAMAGES.items() if damage.harms == "motion"]


@pytest.fixture(scope="module")
def committed() -> dict[tuple[str, str, float], dict[str, float]]:
    with MATRIX.open(newline="") as file:
        return {
            (row["metric"], row["damage"], float(row["strength"])): {
                name: float(row[name]) for name in ("real", "real_error", "value", "error", "sign")
            }
            for row in csv.DictReader(file)
        }


def test_every_damage_at_every_strength_is_there(committed):
    metrics = {metric for metric, _, _ in committed}
    assert {"clip_distance", "clip_distance_cues", "motion_distance", "fd_efflite0", "fd_squeeze11"} <= metrics
    wanted = {(metric, name, s) for metric in metrics for name, damage in DAMAGES.items() for s in damage.strengths}
    assert committed.keys() == wanted


def leaves_the_floor(cell: dict[str, float]) -> bool:
    """The distance lies above the 95 % interval of the real clips' own."""
    return cell["value"] > cell["real"] + 1.96 * cell["real_error"]


@pytest.mark.parametrize("name", [name for name in MOTION if name != "reverse"])
def test_the_cues_of_motion_see_every_damage_to_it(committed, name):
    assert leaves_the_floor(committed["clip_distance_cues", name, DAMAGES[name].strengths[-1]])


def test_but_not_the_direction_of_time(committed):
    """Where the film turns round they see; a whole film run backward they do not."""
    assert leaves_the_floor(committed["clip_distance_cues", "reverse", 0.5])
    assert not leaves_the_floor(committed["clip_distance_cues", "reverse", 1.0])


def test_looks_alone_do_not_dominate_the_cues(committed):
    strongest = {name: committed["clip_distance_cues", name, d.strengths[-1]]["value"] for name, d in DAMAGES.items()}
    cuts = {"identity_swap"}  # a cut in the middle is a motion too
    looks = [strongest[name] for name, d in DAMAGES.items() if d.harms == "look" and name not in cuts]
    assert max(looks) < sorted(strongest[name] for name in MOTION)[len(MOTION) // 2]


@pytest.mark.download
def test_todays_code_finds_the_signs_again(committed):
    """Quick metrics on the same clips; needs the emoji prepared (data.source.packages=4)."""
    names = ["clip_distance_cues", "motion_distance", "flicker", "frame_repeat_rate"]
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
