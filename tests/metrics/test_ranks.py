"""Every metric that needs no download: one process, two over gloo, and data that two ranks cannot divide evenly."""

import json
import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from omegaconf import OmegaConf

from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.core.evaluate import evaluate
from kineograph.core.protocols import Remembers
from kineograph.core.types import KEYS_PER_GROUP, Clip, Condition

CONF = Path(__file__).resolve().parents[2] / "conf" / "metrics"
NUM_CLIPS = 7
# One picture a pass: no sum depends on its neighbours. A tolerance at which some of these films show a mode.
QUICK = {"batch_size": 1, "num_resamples": 20, "num_splits": 2, "tolerance": 2.0}
OF_THE_MACHINE = {"seconds_per_clip"}
PARTS = [[[0, 2, 4], [6]], [[1], [3, 5]]]  # 4 clips and 3
PADDED = [[[0, 2, 4], [6]], [[1, 3], [5, 0]]]  # as a sampler does that repeats a clip to come out even


class Noisy:
    def animate(self, condition, noise):
        return condition.known[:, :1] + 0.3 * noise.normal(*condition.known.shape[1:])


def quick(config: Any) -> Any:
    if isinstance(config, dict):
        return {key: QUICK.get(key, quick(value)) for key, value in config.items()}
    return config


def offline() -> dict[str, dict]:
    """The configurations that can be built from what is installed."""
    found = {}
    for path in sorted(CONF.glob("*.yaml")):
        for name, config in quick(OmegaConf.to_container(OmegaConf.load(path), resolve=True)).items():
            told = None
            try:
                build(config)
            except UserError as error:
                told = str(error)
            if told is None:
                found[name] = config
            else:
                assert "weight" in told, f"{name}: {told}"
    return found


def task(clip):
    mask = torch.zeros_like(clip.video[:, :, :1])
    mask[:, 0] = 1
    untold = torch.full((len(clip.key),), torch.nan)
    return Condition(clip.video * mask, mask, clip.times, clip.label, clip.text, clip.text_mask, untold)


def clips(places):
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand(NUM_CLIPS, 1, 3, 16, 16, generator=generator)
    steps = 0.1 * torch.rand(NUM_CLIPS, 8, 3, 16, 16, generator=generator).cumsum(dim=1)
    video = ((picture + steps) % 1) * 2 - 1
    batches = []
    for part in places:
        b, place = len(part), torch.tensor(part)
        label = place % 3
        words = torch.eye(3)[label][:, None]  # a word of the label and one of the clip
        text = torch.cat([words, words.flip(2) * (1 + place[:, None, None] % 2)], dim=1)
        factors = torch.stack([label, label, place % 2, place % 4, place / 7, 0.5 + place / 20, place], dim=1).float()
        batches.append(
            Clip(video[part], torch.arange(8).expand(b, 8) / 12, label, text,
                 torch.ones(b, 2, dtype=torch.bool), factors, place * KEYS_PER_GROUP)
        )  # fmt: skip
    return batches


TRAINING = clips([[0, 1, 2, 3], [4, 5, 6]])  # of no matter what; the very same tensors, whose features are remembered


def row(config, places):
    torch.set_num_threads(1)
    metrics = build(config)
    for metric in metrics.values():
        if isinstance(metric, Remembers):
            with torch.no_grad():
                metric.remember(TRAINING)
    return evaluate(Noisy(), clips(places), task, metrics, seed=3)


def rank(number, folder, config):
    dist.init_process_group(
        "gloo", init_method=f"file://{folder}/meet", rank=number, world_size=2, timeout=timedelta(seconds=120)
    )
    rows = [row(config, parts[number]) for parts in (PARTS, PADDED)]
    Path(folder, str(number)).write_text(json.dumps(rows))
    dist.destroy_process_group()


def test_the_numbers_are_those_of_one_rank(tmp_path):
    config = offline()
    assert {"clip_distance", "kid_efflite0", "fd_efflite0", "motion_distance", "source_preservation"} <= config.keys()
    mp.start_processes(rank, (str(tmp_path), config), nprocs=2, start_method="fork")  # nothing is imported anew
    (uneven, padded), others = (json.loads((tmp_path / str(number)).read_text()) for number in (0, 1))
    alone, batched = row(config, [list(range(NUM_CLIPS))]), row(config, [[place] for place in range(NUM_CLIPS)])
    assert [uneven, padded] == others
    assert [name for name, value in alone.items() if not math.isfinite(value)] == []  # nan would be compared with nan
    for name, value in alone.items():
        if name in OF_THE_MACHINE:
            continue
        assert batched[name] == pytest.approx(value, rel=1e-6, abs=1e-6), name
        assert uneven[name] == pytest.approx(value, rel=1e-6, abs=1e-6), name
        assert padded[name] == pytest.approx(value, rel=1e-6, abs=1e-6), name
