"""Plays whole clips backwards."""

import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Clip


class TimeReversal:
    """Each clip is played backwards with this probability; its times still run forwards.

    Only for motion that may as well run back: falling, speaking and walking may not. Raises UserError for a
    probability out of range.
    """

    variants = 2

    def __init__(self, *, probability: float | int):
        if not 0 <= probability <= 1:
            raise UserError(f"data.augment.time_reversal.probability is {probability}; it lies in [0, 1]")
        self.probability = float(probability)

    def __call__(self, clip: Clip, noise: Noise) -> Clip:
        back = noise.bernoulli(self.probability).to(clip.video.device)[:, None, None, None, None]
        return clip._replace(video=torch.where(back, clip.video.flip(1), clip.video))
