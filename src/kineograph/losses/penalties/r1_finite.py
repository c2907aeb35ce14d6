"""R1 without a double backward pass, by a step in a random direction (the approximated penalty of Lin et al. 2025,
"Diffusion adversarial post-training", arXiv 2501.08316), on real clips."""

import torch

from kineograph.core.types import Judged, Scalar, Turn, Video


class R1Finite:
    """(change of a clip's summed scores over a step / ``sigma``)^2 / number of scores; the step is ``sigma`` normal.

    Its mean over draws is R1 as ``sigma`` goes to zero. The draw is ``turn.extras["perturbation"]``, standard normal;
    channels that a view adds (how noisy it is) take no step. Differences are taken in float32 whatever the precision.
    """

    wants = "perturbation"

    def __init__(self, *, sigma: float):
        self.sigma = sigma

    def __call__(self, turn: Turn) -> Scalar:
        assert turn.judged_real is not None
        return squared_slope(turn, turn.real, turn.judged_real, self.sigma)


def squared_slope(turn: Turn, video: Video, judged: Judged, sigma: float | int) -> Scalar:
    """The penalty at ``video``, whose judgement is at hand already."""
    draw = turn.extras["perturbation"]
    step = torch.cat([draw, draw.new_zeros(*draw.shape[:2], video.shape[2] - draw.shape[2], *draw.shape[3:])], dim=2)
    device = video.device.type
    here, rounded = judged.scores, torch.is_autocast_enabled(device)
    with torch.autocast(device, enabled=False):  # bf16 rounds to more than the step changes
        if rounded:
            here = turn.discriminate(video.detach().float()).scores
        there = turn.discriminate(video.detach().to(here) + sigma * step).scores
    slope = (there - here).reshape(len(video), -1).sum(dim=1) / sigma  # b
    return slope.square().sum() / here.numel()
