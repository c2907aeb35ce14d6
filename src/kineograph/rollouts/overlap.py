"""A long film window by window, each told the last frames before it (Ho et al. 2022, arXiv:2204.03458, Sec. 3.1)."""

from collections.abc import Callable

import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video
from kineograph.rollouts.window import window


class Overlap:
    """Windows of ``num_frames`` frames, ``num_known`` of them already made; a film that fits is made at once.

    The last window ends with the film, so it may know more. A window's times start at zero. The first window is the
    film that the same noise makes alone.
    """

    def __init__(self, *, num_frames: int, num_known: int):
        if not 0 < num_known < num_frames:
            raise UserError(
                f"rollout.num_known={num_known} leaves nothing to make in windows of {num_frames} frames;"
                f" choose 1 to {num_frames - 1}"
            )
        self.num_frames = num_frames
        self.num_known = num_known

    def __call__(self, animates: Callable[[Condition, Noise], Video], condition: Condition, noise: Noise) -> Video:
        if condition.num_frames <= self.num_frames:
            return animates(condition, noise)
        film = animates(window(condition, 0, self.num_frames), noise)
        number = 0
        while film.shape[1] < condition.num_frames:
            number += 1
            made = film.shape[1]
            first = min(made - self.num_known, condition.num_frames - self.num_frames)
            told = window(condition, first, self.num_frames)
            known, mask = told.known.clone(), told.mask.clone()
            known[:, : made - first] = film[:, first:]
            mask[:, : made - first] = 1
            video = animates(told._replace(known=known, mask=mask), noise.branch(number))
            film = torch.cat([film, video[:, made - first :]], dim=1)
        return film
