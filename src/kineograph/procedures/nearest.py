"""The reference that copies: the training clip whose first frame is closest to the given picture."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Video
from kineograph.core.warp import keep_known, nearest_known


class Nearest:
    """Real motion of another picture: good distances, nothing of the source. Given pixels still come back exactly.

    ``remember`` gives it the training clips; raises UserError where it was given none.
    """

    def __init__(self, *, size: int):
        self.size = size  # pixels a side at which pictures are compared
        self.videos: list[UInt8[Tensor, "t c h w"]] = []
        self.times: list[Float[Tensor, "t"]] = []
        self.first: list[Float[Tensor, "d"]] = []

    def remember(self, clips: Iterable[Clip]) -> None:
        """Adds these batches of training clips to what it may copy."""
        for clip in clips:
            self.videos += list(((clip.video + 1) * 127.5).round().byte().cpu())
            self.times += list((clip.times - clip.times[:, :1]).cpu())
            self.first += list(self.small(clip.video[:, :1]).cpu())

    def small(self, video: Video) -> Float[Tensor, "b d"]:
        return _resized(video[:, 0], (self.size, self.size)).flatten(1)

    def animate(self, condition: Condition, noise: Noise) -> Video:
        if not self.first:
            raise UserError("the reference 'nearest' was given no training clips: call remember(clips) first")
        given = nearest_known(condition)[:, :1]  # the picture that the first frame starts from
        places = torch.cdist(self.small(given).cpu(), torch.stack(self.first)).argmin(dim=1).tolist()
        films = [self.film(place, condition, row) for row, place in enumerate(places)]
        return keep_known(torch.cat(films), condition)

    def film(self, place: int, condition: Condition, row: int) -> Video:
        """The remembered clip at the size and the instants wanted; past its end its last frame stays."""
        wanted = (condition.times[row] - condition.times[row, 0]).cpu()
        frames = (wanted[:, None] - self.times[place][None]).abs().argmin(dim=1)
        return _resized(self.videos[place][frames].to(condition.known) / 127.5 - 1, condition.size)[None]


def _resized(pictures: Float[Tensor, "n c h w"], size: tuple[int, int]) -> Float[Tensor, "n c h2 w2"]:
    return F.interpolate(pictures, size=size, mode="bilinear", align_corners=False, antialias=True)
