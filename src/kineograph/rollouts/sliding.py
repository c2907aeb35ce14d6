"""A long film by a window that looks further than it moves (as in Chi et al. 2023, arXiv:2303.04137, Sec. 2.2)."""

from collections.abc import Callable

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video
from kineograph.rollouts.window import window


class Sliding:
    """Windows of ``num_frames`` frames told the last ``num_known`` made; the next ``stride`` of each are kept.

    What a window makes beyond them is thrown away, so that no kept frame but the film's last ones is made without a
    future. Holds the film and one window. The first window is made with the noise that makes it alone.
    """

    def __init__(self, *, num_frames: int, num_known: int, stride: int):
        if not (num_known > 0 and 0 < stride <= num_frames - num_known):
            raise UserError(
                f"rollout.num_known={num_known} and stride={stride} do not fit in windows of {num_frames} frames;"
                f" at least one frame is known, and they sum to {num_frames} or less"
            )
        self.num_frames = num_frames
        self.num_known = num_known
        self.stride = stride

    def __call__(self, animates: Callable[[Condition, Noise], Video], condition: Condition, noise: Noise) -> Video:
        length = condition.num_frames
        if length <= self.num_frames:
            return animates(condition, noise)
        film = condition.known.clone()
        made, number = 0, 0
        while made < length:
            first = max(0, min(made - self.num_known, length - self.num_frames))
            told = window(condition, first, self.num_frames)
            known, mask = told.known.clone(), told.mask.clone()
            known[:, : made - first] = film[:, first:made]
            mask[:, : made - first] = 1
            video = animates(told._replace(known=known, mask=mask), noise.branch(number) if number else noise)
            end = first + self.num_frames
            upto = length if end == length else min(made + self.stride + (self.num_known if made == 0 else 0), end)
            film[:, made:upto] = video[:, made - first : upto - first]
            made, number = upto, number + 1
        return film
