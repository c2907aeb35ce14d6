"""A generator trained by its losses alone: the baseline that shows what a discriminator adds."""

from functools import partial
from typing import Any

import torch
from torch import nn

from kineograph.animators.animator import Animator
from kineograph.animators.schedule import Schedule
from kineograph.animators.stage import Stage
from kineograph.animators.trained import Player
from kineograph.core.protocols import Generator
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Scalar, Turn, Video, Weighted


class RegressionAnimator(Animator):
    """One pass from picture to film, without an adversary."""

    def __init__(
        self,
        *,
        generator: nn.Module,
        losses: dict[str, Weighted],
        codec: Stage,
        optimizer: partial[torch.optim.Optimizer],
        schedule: Schedule,
        seed: int,
        ema_halflife: int,
        grad_clip: float | None,
        accumulate: int,
        compile: bool,
    ):
        super().__init__(
            codec=codec,
            seed=seed,
            ema_halflife=ema_halflife,
            accumulate=accumulate,
            compile=compile,
        )
        self.generator = generator
        self.losses = losses
        self.optimizer = optimizer
        self.schedule = schedule
        self.grad_clip = grad_clip
        self.average(generator=generator)

    def players(self) -> list[Player]:
        return [Player(self.optimizer, [self.generator], self.schedule, self.grad_clip)]

    def compiled(self) -> list[nn.Module]:
        return [self.generator]

    def generate(self, condition: Condition, noise: Noise) -> Video:
        return self.film(condition, self.codes(condition, noise))

    def codes(self, condition: Condition, noise: Noise) -> Any:
        """What the averaged generator draws for these films, a named tuple."""
        generator: Generator = self.averaged["generator"]  # pyright: ignore[reportAssignmentType]
        return generator.sample_latent(self.coder.encode_condition(condition), noise)

    def film(self, condition: Condition, codes: Any) -> Video:
        """The averaged generator's film of these codes."""
        generator: Generator = self.averaged["generator"]  # pyright: ignore[reportAssignmentType]
        return self.coder.decode(generator(self.coder.encode_condition(condition), codes).video, condition)

    def play(self, clip: Clip, condition: Condition, noise: Noise) -> None:
        real, told = self.codec.encoded(clip.video, condition)
        latent = self.generator.sample_latent(told, noise)
        self.step(0, lambda: self.loss_terms(real, told, latent), clip)

    def loss_terms(self, real: Video, condition: Condition, latent: Any) -> dict[str, Scalar]:
        """Each named loss, weighted, in the codec's latents."""
        fake, extras = self.generator(condition, latent)
        turn = Turn(real, fake, condition, latent, extras, None, None, None)
        return {name: weight * loss(turn) for name, (loss, weight) in self.losses.items()}
