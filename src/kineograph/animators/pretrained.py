"""A published model behind the one seam: it animates, and a few parameters of it are tuned on films of one's own
(Hu et al. 2021, arXiv 2106.09685)."""

from functools import partial
from typing import Any

import torch
from torch import nn

from kineograph.animators.schedule import Schedule
from kineograph.animators.trained import Player, Trained
from kineograph.core.protocols import Rollout
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Scalar, Video
from kineograph.core.warp import keep_known


class PretrainedAnimator(Trained):
    """Owns the tuned parameters alone: the giant's weights are in no checkpoint, average or optimizer.

    Clips are taken one at a time, so that none depends on its batch.
    """

    def __init__(
        self,
        *,
        giant: Any,
        tuning: partial[nn.Module],
        rollout: Rollout,
        condition_dropout: float,  # share of clips whose caption is withheld (for guidance)
        optimizer: partial[torch.optim.Optimizer],
        schedule: Schedule,
        seed: int,
        ema_halflife: int,
        grad_clip: float | None,
        accumulate: int,
        compile: bool,
    ):
        super().__init__(seed=seed, ema_halflife=ema_halflife, accumulate=accumulate, compile=compile)
        self.giant = giant
        self.rollout = rollout
        self.condition_dropout = condition_dropout
        self.optimizer = optimizer
        self.schedule = schedule
        self.grad_clip = grad_clip
        self.tuning = tuning(network=giant.outline(), prefix=giant.part)
        self.average(tuning=self.tuning)

    def optimized(self) -> list[Player]:
        return [Player(self.optimizer, [self.tuning], self.schedule, self.grad_clip)]

    def compiled(self) -> list[nn.Module]:
        return []

    def learn(self, clip: Clip, condition: Condition, noise: Noise) -> None:
        drop = noise.bernoulli(self.condition_dropout)
        told = condition.untold(drop)
        lessons = [
            self.giant.lesson(clip.video[row : row + 1], one(told, row), single(noise, row).branch(1), bool(drop[row]))
            for row in range(condition.batch)
        ]
        with self.tuning.on(self.giant.denoiser(self.device)):  # in the backward, too, where passes may be repeated
            self.step(0, lambda: self.lesson_terms(lessons), clip)
        self.update_average(condition.batch * self.trainer.world_size)

    def lesson_terms(self, lessons: list[Any]) -> dict[str, Scalar]:
        """The squared error of what the (tuned) denoiser answers, by the giant's own objective, where it counts."""
        errors = []
        for lesson in lessons:
            error = (self.giant.answer(lesson) - lesson.target).square().mean(dim=2, keepdim=True)
            errors.append((error * lesson.free).sum() / lesson.free.sum())
        return {"denoising": torch.stack(errors).mean()}

    def describe(self) -> dict[str, int]:
        """What a table says of the model: the giant's denoiser with what was tuned."""
        tuned = sum(p.numel() for p in self.averaged.parameters())
        return {"parameters": self.giant.num_parameters() + tuned, "tuned_parameters": tuned}

    @torch.no_grad()
    def animate(self, condition: Condition, noise: Noise) -> Video:
        """The film in [-1, 1], given pixels put back exactly; each sample depends on its condition and seed alone."""
        return self.rollout(self.window, condition, noise)

    def window(self, condition: Condition, noise: Noise) -> Video:
        """One window of each film, by the averaged parameters."""
        tuned = self.averaged["tuning"].on
        films = [self.giant.film(one(condition, row), single(noise, row), tuned) for row in range(condition.batch)]
        return keep_known(torch.cat(films).clamp(-1, 1), condition)


def one(condition: Condition, row: int) -> Condition:
    """The condition of one sample."""
    return Condition(*(None if field is None else field[row : row + 1] for field in condition))


def single(noise: Noise, row: int) -> Noise:
    """Its noise, from the beginning."""
    return Noise(noise.seeds[row : row + 1], noise.device)
