"""Motion smoothness: whether what moves keeps moving as it did a frame ago.

Along the path of each pixel, with u the flow of one step and v that of the next:
1 - sum |v - u| / sum (|v| + |u|), both sums over pixels and pairs of steps. Flow: DIS.
"""

import torch

from kineograph.core.types import PerClip, Sample
from kineograph.core.warp import warp
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.flow import Steps, flow

STILL = 0.02  # pixels a step, on average: less is rounding, not motion


class MotionSmoothness(ClipMean):
    """1 for motion of constant speed, 0 for going to and fro or moving every other frame only.

    nan below three frames and where nothing moves. Real things speed up and turn: read it beside the real row.
    """

    higher_is_better = None

    def __init__(self, *, num_resamples: int, seed: int):
        super().__init__(num_resamples, seed)

    def per_clip(self, sample: Sample) -> PerClip:
        return smoothness(flow(sample.fake))


def smoothness(steps: Steps) -> PerClip:
    """The definition above; the next step is read where the pixel has gone to."""
    height, width = steps.shape[-2:]
    before, after = steps[:, :-1], steps[:, 1:]
    after = warp(after, before / torch.tensor([width, height], device=steps.device)[:, None, None])
    moved = (before.norm(dim=2) + after.norm(dim=2)).mean(dim=(1, 2, 3))
    changed = (after - before).norm(dim=2).mean(dim=(1, 2, 3))
    return torch.where(moved > 2 * STILL, 1 - changed / moved, torch.nan)
