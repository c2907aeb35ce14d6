"""Gives every frame the colours of the first, which is the picture that was animated (Reinhard et al. 2001, "Color
transfer between images", Eq. 10 and 11, in RGB)."""

import torch

from kineograph.core.video import Film


class ColourMatch:
    """Moves each channel's mean and standard deviation by the share ``strength`` towards those of the first frame."""

    def __init__(self, *, strength: float):
        self.strength = strength

    def __call__(self, film: Film) -> Film:
        frames = film.frames.double()
        mean, std = frames.mean(dim=(1, 2), keepdim=True), frames.std(dim=(1, 2), keepdim=True)  # t 1 1 c
        gain = std[:1] / std.clamp_min(1e-6)
        gain = torch.where(std < 0.5, 1.0, gain)  # a channel of one value has no contrast to be matched
        matched = (frames - mean) * gain + mean[:1]
        frames = torch.lerp(frames, matched, self.strength)
        return film._replace(frames=frames.round().clamp(0, 255).to(torch.uint8))
