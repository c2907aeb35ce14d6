"""The small network of the project's own that tells how a film was damaged from how far apart its frames are.

By place and lag: temporal self-similarity (Junejo et al., "Cross-view action recognition from temporal
self-similarities", ECCV 2008).
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Video

CUES = (
    "freeze",
    "shuffle",
    "reverse",
    "swap",
    "half_rate",
    "fps_change",
    "speed_up",
    "slow_down",
    "jitter",
    "wobble",
    "flicker",
)
SIZE, NUM_CELLS, NUM_LAGS = 64, 4, 8  # pixels a side, cells a side, frames ahead
LEAST = 0.01  # a difference that is not worth telling, in standard deviations of the clip
NUM_COURSES = NUM_LAGS + 2
WIDTH = 96


class CueReader(nn.Module):
    """Differences of frames -> the log-odds of each of ``CUES``, the higher the stronger the damage."""

    def __init__(self):
        super().__init__()
        self.enter = nn.Conv1d(NUM_COURSES, WIDTH, 3, padding=1)
        self.layers = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, 3, padding=d, dilation=d) for d in (1, 2, 4))
        self.norms = nn.ModuleList(nn.BatchNorm1d(WIDTH) for _ in self.layers)
        self.cell = nn.Linear(2 * WIDTH, 2 * WIDTH)
        self.head = nn.Sequential(nn.Linear(4 * WIDTH, 2 * WIDTH), nn.SiLU(), nn.Linear(2 * WIDTH, len(CUES)))

    def forward(self, courses: Float[Tensor, "b cells courses t"]) -> Float[Tensor, "b cues"]:
        x = self.enter(rearrange(courses, "b n k t -> (b n) k t"))
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = x + layer(F.silu(norm(x)))
        pooled = rearrange(torch.cat([x.mean(dim=2), x.amax(dim=2)], dim=1), "(b n) d -> b n d", n=courses.shape[1])
        cells = F.silu(self.cell(pooled))
        return self.head(torch.cat([cells.mean(dim=1), cells.amax(dim=1)], dim=1))


def courses(video: Video) -> Float[Tensor, "b cells courses t"]:
    """What changes over time in each cell of the picture and in all of it.

    The logarithm of the root mean square difference of each frame and those after it, 0 past the last frame, and how
    far its mean and its contrast are from their own means over time. In standard deviations of the clip's grey
    levels, so that contrast says nothing.
    """
    b, t = video.shape[:2]
    weights = video.new_tensor([0.299, 0.587, 0.114] if video.shape[2] == 3 else [1.0])
    grey = rearrange(torch.einsum("b t c h w, c -> b t h w", video, weights), "b t h w -> (b t) 1 h w")
    if grey.shape[-2:] != (SIZE, SIZE):
        grey = F.interpolate(grey, size=(SIZE, SIZE), mode="bilinear", align_corners=False, antialias=True)
    grey = rearrange(grey, "(b t) 1 h w -> b t h w", b=b)
    grey = grey / grey.std(dim=(1, 2, 3), keepdim=True).clamp(min=0.05)
    cells = rearrange(grey, "b t (n h) (m w) -> b t (n m) (h w)", n=NUM_CELLS, m=NUM_CELLS)
    found = []
    for lag in range(1, NUM_LAGS + 1):
        squares = (cells[:, lag:] - cells[:, :-lag]).square().mean(dim=3)  # b t-lag cells
        squares = F.pad(squares, (0, 0, 0, min(lag, t)))
        found.append((_with_whole(squares).sqrt() / LEAST).log1p())
    for course in (_with_whole(cells.mean(dim=3)), _with_whole(cells.var(dim=3)).sqrt()):
        found.append(course - course.mean(dim=1, keepdim=True))
    return rearrange(torch.stack(found), "k b t n -> b n k t")


def _with_whole(cells: Float[Tensor, "b t n"]) -> Float[Tensor, "b t n2"]:
    """The mean over the cells as one cell more."""
    return torch.cat([cells, cells.mean(dim=2, keepdim=True)], dim=2)
