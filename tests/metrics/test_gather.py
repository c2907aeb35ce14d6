"""Two processes over gloo: the numbers are those of one."""

import json
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from kineograph.core.evaluate import evaluate
from kineograph.core.types import KEYS_PER_GROUP, Clip, Condition
from kineograph.metrics.clip_distance import ClipDistance
from kineograph.metrics.flicker import Flicker
from kineograph.metrics.frechet_distance import FrechetDistance
from kineograph.metrics.gather import gather_rows
from kineograph.metrics.kernels.cubic import Cubic


class Means:
    name, feature_dim, sha256 = "means", 6, "0"

    def __call__(self, video):
        return torch.cat([video.mean(dim=(1, 3, 4)), video.diff(dim=1).abs().mean(dim=(1, 3, 4))], dim=1)


class Noisy:
    def animate(self, condition, noise):
        return condition.known + 0.3 * noise.normal(*condition.known.shape[1:])


def metrics():
    return {
        "clip_distance": ClipDistance(
            extractor=Means(),
            standardise=True,
            kernel=Cubic(),
            pairs_within_groups=False,
            num_splits=2,
            num_resamples=20,
            seed=0,
        ),
        "fd": FrechetDistance(extractor=Means(), num_resamples=2),
        "flicker": Flicker(num_resamples=20, seed=0),
    }


def task(clip):
    mask = torch.zeros_like(clip.video[:, :, :1])
    mask[:, 0] = 1
    untold = torch.full((len(clip.key),), torch.nan)
    return Condition(clip.video * mask, mask, clip.times, clip.label, clip.text, clip.text_mask, untold)


def clips(places):
    video = torch.rand(11, 4, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    batches = []
    for part in places:
        b = len(part)
        batches.append(
            Clip(video[part], torch.zeros(b, 4), torch.zeros(b, dtype=torch.long), torch.zeros(b, 1, 1),
                 torch.zeros(b, 1, dtype=torch.bool), torch.zeros(b, 0), torch.tensor(part) * KEYS_PER_GROUP)
        )  # fmt: skip
    return batches


PARTS = [[[0, 2, 4], [6, 8, 10]], [[1, 3], [5], [7, 9]]]
ONE_SIDED = [[], [list(range(11))]]  # a rank without clips


def rank(number, folder):
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=number, world_size=2)
    rows = [evaluate(Noisy(), clips(parts[number]), task, metrics(), seed=3) for parts in (PARTS, ONE_SIDED)]
    ragged = gather_rows(torch.ones(3, 2) if number else torch.zeros(0))
    Path(folder, str(number)).write_text(json.dumps([rows, [list(part.shape) for part in ragged]]))
    dist.destroy_process_group()


def test_two_ranks_equal_one_also_where_a_rank_has_no_clips(tmp_path):
    mp.start_processes(rank, (str(tmp_path),), nprocs=2, start_method="fork")  # nothing is imported anew
    (rows, shapes), (others, _) = (json.loads((tmp_path / str(number)).read_text()) for number in (0, 1))
    alone = evaluate(Noisy(), clips([list(range(11))]), task, metrics(), seed=3)
    assert rows == others
    assert shapes == [[0, 2], [3, 2]]
    for row in rows:
        assert row.keys() == alone.keys()
        for name in row:
            assert abs(row[name] - alone[name]) < 1e-6 * max(1, abs(alone[name])), name
