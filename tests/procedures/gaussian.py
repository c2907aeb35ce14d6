"""Animators whose film has a closed form: the best denoiser of Gaussian films, along a rectified flow."""

import torch

from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video
from kineograph.core.warp import keep_known
from kineograph.networks.identity_codec import IdentityCodec
from kineograph.processes.rectified_flow import RectifiedFlow
from kineograph.rollouts.single import Single
from kineograph.samplers.euler import Euler

SINGLE = Single()


class Independent:
    """Films whose pixels are independent, normal, of standard deviation ``spread``; the condition moves their mean."""

    def __init__(self, spread=0.5, num_steps=300, size=8, rollout=SINGLE):
        self.spread = spread
        self.process = RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=1.0)
        self.sampler = Euler(num_steps=num_steps)
        self.coder = IdentityCodec(height=size, width=size)
        self.rollout = rollout

    def estimate(self, condition: Condition):
        mean = condition.known[:, :1]  # of every frame: the picture

        def clean(noisy: Video, level):
            level = level.reshape(len(level), 1, 1, 1, 1)
            gain = (1 - level) * self.spread**2 / ((1 - level) ** 2 * self.spread**2 + level**2)
            return mean + gain * (noisy - (1 - level) * mean)

        return clean

    def animate(self, condition: Condition, noise: Noise) -> Video:
        start = noise.normal(*self.coder.latent_shape(condition))
        video = self.sampler(self.process, self.estimate(condition), start, noise)
        return keep_known(self.coder.decode(video, condition).clamp(-1, 1), condition)


class OneColour(Independent):
    """Films of a single standard normal number."""

    def estimate(self, condition: Condition):
        def clean(noisy: Video, level):
            count = noisy[0].numel()
            level = level.reshape(len(level), 1, 1, 1, 1)
            total = noisy.sum(dim=(1, 2, 3, 4), keepdim=True)
            return ((1 - level) * total / (count * (1 - level) ** 2 + level**2)).expand_as(noisy)

        return clean


def closed_form(noisy: Video, level: float, spread: float) -> Video:
    """Where the flow of independent pixels around 0 leads from ``level``: their deviation in units of its own."""
    return noisy * spread / ((1 - level) ** 2 * spread**2 + level**2) ** 0.5


def known_nothing(condition: Condition) -> Condition:
    return condition._replace(known=torch.zeros_like(condition.known), mask=torch.zeros_like(condition.mask))
