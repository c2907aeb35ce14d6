"""Fused signal-to-noise weights for frames of different levels (Chen et al. 2024, arXiv:2407.01392, appendix)."""

import torch

from kineograph.core.types import Level


class FusedSnrWeight:
    """Min-SNR weights, in which a frame also counts the signal that the frames before it give away.

    With S a frame's SNR as a share of ``gamma``, capped at 1, and C the running mean of S over the frames before it (a
    frame's weight in it shrinks by ``decay`` with every later one), the weight is gamma (1 - (1 - decay C) (1 - S)).
    """

    def __init__(self, *, gamma: float, decay: float):
        self.gamma = gamma
        self.decay = decay

    def __call__(self, alpha: Level, sigma: Level) -> Level:
        own = (alpha / sigma).square().clamp_max(self.gamma) / self.gamma
        if own.ndim == 1:  # a level a clip: nothing is known of the frames before
            return self.gamma * own
        before = torch.zeros_like(own)
        for frame in range(1, own.shape[1]):
            last = own[:, frame - 1]
            before[:, frame] = last if frame == 1 else self.decay * before[:, frame - 1] + (1 - self.decay) * last
        return self.gamma * (1 - (1 - self.decay * before) * (1 - own))
