"""How a clip moves, in 58 numbers without weights: a candidate for the features of a clip distance that sees motion.

Flow: DIS. Histograms of flow after Dalal, Triggs and Schmid, "Human detection using oriented histograms of flow and
appearance", ECCV 2006; the courses over time are what running backward changes.
"""

import hashlib
import inspect
import sys

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from kineograph.core.frozen import Frozen
from kineograph.core.types import Video
from kineograph.core.warp import warp
from kineograph.metrics.flow import Steps, flow
from kineograph.metrics.levels import to_levels

SPEEDS = tuple(0.0625 * 2**k for k in range(8))  # upper ends of the bins, in hundredths of the picture's width a step
NUM_DIRECTIONS = 8
COURSE = 7  # places of a course over time, whatever the number of steps
LAGS = (1, 2, 3)


class FlowStatistics:
    """One row a clip: histograms of speed, direction and acceleration, courses of speed, divergence and change."""

    name = "flow_statistics"
    feature_dim = 2 * len(SPEEDS) + NUM_DIRECTIONS + 4 * COURSE + 2 * len(LAGS)

    def __init__(self):
        self.frozen = Frozen(identity=(self.name, self.sha256), load=torch.nn.Identity)

    @property
    def sha256(self) -> str:
        """Of this file: the definition stands for the weights."""
        return hashlib.sha256(inspect.getsource(sys.modules[type(self).__module__]).encode()).hexdigest()

    def __call__(self, video: Video) -> Float[Tensor, "b d"]:
        return self.frozen.recall(video, statistics)


def statistics(video: Video) -> Float[Tensor, "b d"]:
    """All 58; lengths in hundredths of the picture's width, square roots lest a few large ones drown the rest."""
    height, width = video.shape[-2:]
    pixels = flow(video)
    steps = pixels * (100 / width)
    ahead = warp(pixels[:, 1:], pixels[:, :-1] / torch.tensor([width, height], device=video.device)[:, None, None])
    change = ahead * (100 / width) - steps[:, :-1]
    speed = steps.norm(dim=2)
    course = speed.mean(dim=(2, 3))
    differences = to_levels(video).diff(dim=1).abs().mean(dim=(2, 3, 4))
    courses = [course.sqrt(), differences.sqrt(), _divergence(steps), change.norm(dim=2).mean(dim=(2, 3)).sqrt()]
    parts = [_histogram(speed), _histogram(change.norm(dim=2)), _directions(steps, speed)]
    parts += [_resampled(row) for row in courses]
    parts += [_likeness(course), _likeness(differences)]
    return torch.cat(parts, dim=1)


def _histogram(sizes: Float[Tensor, "b s h w"]) -> Float[Tensor, "b k"]:
    """The square root of the share of pixels above each speed."""
    return torch.stack([(sizes > end).to(sizes.dtype).mean(dim=(1, 2, 3)).sqrt() for end in SPEEDS], dim=1)


def _directions(steps: Steps, speed: Float[Tensor, "b s h w"]) -> Float[Tensor, "b k"]:
    """The square root of the mean speed in each of eight directions."""
    angle = torch.atan2(steps[:, :, 1], steps[:, :, 0])
    place = ((angle / (2 * torch.pi) + 0.5) * NUM_DIRECTIONS).floor().long() % NUM_DIRECTIONS
    parts = [(speed * (place == k)).mean(dim=(1, 2, 3)).sqrt() for k in range(NUM_DIRECTIONS)]
    return torch.stack(parts, dim=1)


def _divergence(steps: Steps) -> Float[Tensor, "b s"]:
    """Whether things grow or shrink: the signed square root of the mean divergence."""
    spread = steps[:, :, 0, :-1].diff(dim=3) + steps[:, :, 1, :, :-1].diff(dim=2)
    mean = spread.mean(dim=(2, 3))
    return mean.sign() * mean.abs().sqrt()


def _resampled(course: Float[Tensor, "b s"]) -> Float[Tensor, "b k"]:
    """A course brought to seven places."""
    return F.interpolate(course[:, None], size=COURSE, mode="linear", align_corners=True)[:, 0]


def _likeness(course: Float[Tensor, "b s"]) -> Float[Tensor, "b k"]:
    """The mean |change| of a course at each lag over its mean: what comes and goes in a rhythm differs between lags."""
    mean = course.mean(dim=1).clamp(min=1e-3)
    parts = []
    for lag in LAGS:
        apart = (course[:, lag:] - course[:, :-lag]).abs()
        parts.append(apart.mean(dim=1) / mean if apart.shape[1] else torch.zeros_like(mean))
    return torch.stack(parts, dim=1)
