"""Turns with known numbers in them."""

from collections.abc import Callable

import torch
from torch import Tensor

from kineograph.core.types import Condition, Judged, Turn


def condition(b: int = 2, t: int = 3, c: int = 1, h: int = 4, w: int = 4) -> Condition:
    mask = torch.zeros(b, t, 1, h, w)
    mask[:, 0] = 1
    return Condition(
        known=torch.zeros(b, t, c, h, w),
        mask=mask,
        times=torch.arange(t).expand(b, t) / 12.0,
        label=torch.full((b,), -1),
        text=torch.zeros(b, 1, 1),
        text_mask=torch.zeros(b, 1, dtype=torch.bool),
        motion=torch.full((b,), torch.nan),
    )


def turn(
    real: Tensor | None = None,
    fake: Tensor | None = None,
    judged_real: Judged | None = None,
    judged_fake: Judged | None = None,
    discriminate=None,
    **extras: Tensor,
) -> Turn:
    real = torch.zeros(2, 3, 1, 4, 4) if real is None else real
    fake = torch.zeros_like(real) if fake is None else fake
    return Turn(
        real=real,
        fake=fake,
        condition=condition(*real.shape),
        latent=None,
        extras=extras,
        judged_real=judged_real,
        judged_fake=judged_fake,
        discriminate=discriminate,
    )


def judged(judge: Callable[[Tensor], Judged], real: Tensor | None = None, fake: Tensor | None = None) -> Turn:
    """The discriminators' turn: films keep the gradient of their scores."""
    real = torch.zeros(2, 3, 1, 4, 4) if real is None else real
    fake = torch.zeros_like(real) if fake is None else fake
    real, fake = real.detach().requires_grad_(), fake.detach().requires_grad_()
    return turn(real, fake, judge(real), judge(fake), judge)


def scored(real: list[float] | None, fake: list[float] | None) -> Turn:
    """A turn whose clips got these scores, one a clip."""

    def verdict(scores: list[float] | None) -> Judged | None:
        return None if scores is None else Judged(torch.tensor(scores, requires_grad=True), [])

    return turn(judged_real=verdict(real), judged_fake=verdict(fake))
