"""For an animator of pictures where no picture is given: a picture of the training clips is drawn."""

from collections.abc import Iterable

import torch
from jaxtyping import UInt8
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.protocols import Animates, Remembers
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Video
from kineograph.core.warp import resize

DRAW = 1  # branch of the noise


class DrawnPicture:
    """A film that begins with the first frame of a training clip, of the label told where one is.

    So ``frozen``, ``jitter`` and ``nearest`` have a meaning without a picture, too: real stills that rest or tremble,
    and the training clip itself, which is what a model that knows them by heart would answer. ``remember`` gives it
    the training clips; raises UserError where it was given none.
    """

    def __init__(self, *, animates: Animates):
        self.animates = animates
        self.pictures: list[UInt8[Tensor, "c h w"]] = []
        self.labels: list[int] = []

    def remember(self, clips: Iterable[Clip]) -> None:
        """Adds these batches of training clips to what may be drawn, and to what the animator may copy."""
        for clip in clips:
            self.pictures += list(((clip.video[:, 0] + 1) * 127.5).round().byte().cpu())
            self.labels += clip.label.tolist()
            if isinstance(self.animates, Remembers):
                self.animates.remember([clip])

    def animate(self, condition: Condition, noise: Noise) -> Video:
        if not self.pictures:
            raise UserError("a drawn picture was given no training clips: call remember(clips) first")
        drawn = noise.branch(DRAW).uniform().tolist()
        known, mask = torch.zeros_like(condition.known), torch.zeros_like(condition.mask)
        for row, (share, label) in enumerate(zip(drawn, condition.label.tolist(), strict=True)):
            alike = [place for place, known_label in enumerate(self.labels) if known_label == label]
            places = alike or range(len(self.pictures))  # nothing told, or a label of no training clip
            picture = self.pictures[places[int(share * len(places))]].to(known) / 127.5 - 1
            known[row, 0] = resize(picture[None, None], condition.size)[0, 0]
        mask[:, 0] = 1
        return self.animates.animate(condition._replace(known=known, mask=mask), noise)
