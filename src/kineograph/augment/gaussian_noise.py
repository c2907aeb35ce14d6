"""Adds grain to whole clips: one pattern a clip, the same in every frame, so that it does not flicker."""

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Clip


class GaussianNoise:
    """With this probability a clip gets grain of a standard deviation from 0 to ``sigma``, in units of [-1, 1].

    Raises UserError for a probability out of range and a negative sigma.
    """

    def __init__(self, *, probability: float | int, sigma: float | int):
        if not 0 <= probability <= 1:
            raise UserError(f"data.augment.gaussian_noise.probability is {probability}; it lies in [0, 1]")
        if not sigma >= 0:
            raise UserError(f"data.augment.gaussian_noise.sigma is {sigma}; a standard deviation is 0 or more")
        self.probability = float(probability)
        self.sigma = sigma

    def __call__(self, clip: Clip, noise: Noise) -> Clip:
        # torchvision's gaussian_noise draws from the one global stream; a clip's draws are its own.
        chosen = noise.bernoulli(self.probability)
        strength = (noise.uniform() * self.sigma * chosen)[:, None, None, None, None]
        grain = noise.normal(1, *clip.video.shape[2:])  # b 1 c h w
        return clip._replace(video=(clip.video + (strength * grain).to(clip.video)).clamp(-1, 1))
