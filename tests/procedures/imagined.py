"""An animator of codes whose films are known in closed form."""

import torch

from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition, Video


class Imagined:
    """Frame t is tanh(content + t * motion) over all pixels of a channel: a function of codes and of the moment."""

    def codes(self, condition: Condition, noise: Noise) -> Codes:
        return Codes(noise.normal(condition.channels), noise.normal(1, condition.channels))

    def film(self, condition: Condition, codes: Codes) -> Video:
        times = (condition.times - condition.times[:, :1])[..., None]  # b t 1
        values = (codes.content[:, None] + times * codes.motion).tanh()  # b t c
        return values[..., None, None].expand(-1, -1, -1, *condition.size)

    def animate(self, condition: Condition, noise: Noise) -> Video:
        return torch.where(condition.mask > 0, condition.known, self.film(condition, self.codes(condition, noise)))
