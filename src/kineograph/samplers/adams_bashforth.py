"""Adams-Bashforth along the probability-flow ODE, begun by Runge-Kutta steps (Liu et al. 2022, arXiv:2202.09778, Eq. 9;
on an uneven grid: Hairer, Norsett and Wanner 1993, "Solving Ordinary Differential Equations I", Sec. III.5)."""

from collections.abc import Callable

import torch

from kineograph.core.errors import UserError
from kineograph.core.protocols import Process
from kineograph.core.random import Noise
from kineograph.core.types import Level, Video


class AdamsBashforth:
    """Deterministic, of ``order`` 1 (Euler) to 4; one call of the denoiser a step, four in the first order - 1 steps.

    The slopes of the last steps are continued as a polynomial of the level.
    """

    def __init__(self, *, num_steps: int, order: int):
        if not 1 <= order <= 4:
            raise UserError(f"sampler.order={order}: the Runge-Kutta steps at the start allow orders 1 to 4")
        self.num_steps = num_steps
        self.order = order

    def __call__(self, process: Process, denoise: Callable[[Video, Level], Video], start: Video, noise: Noise) -> Video:
        levels = process.levels(self.num_steps)  # steps+1, float64 on the CPU

        def slope(x: Video, level: torch.Tensor) -> Video:
            each = level.expand(len(x))
            return process.velocity(x, denoise(x, each.to(x)), each)

        x = start * process.sigma(levels[:1]).item()
        past: list[tuple[float, Video]] = []  # level and slope, the newest first
        for i in range(self.num_steps):
            here, step = levels[i].item(), (levels[i + 1] - levels[i]).item()
            first = slope(x, levels[i])
            past = [(here, first), *past][: self.order]
            ends_noisy = process.sigma(levels[i + 1 : i + 2]).item() > 0  # without noise the slope has no value
            if len(past) < self.order and ends_noisy:
                middle = (levels[i] + levels[i + 1]) / 2
                second = slope(x + step / 2 * first, middle)
                third = slope(x + step / 2 * second, middle)
                fourth = slope(x + step * third, levels[i + 1])
                x = x + step / 6 * (first + 2 * second + 2 * third + fourth)
            else:
                shares = weights([place - here for place, _ in past], step)
                x = x + sum(share * known for share, (_, known) in zip(shares, past, strict=True))
        return x


def weights(places: list[float], step: float) -> list[float]:
    """The shares by which slopes at the ``places`` integrate every polynomial through them from 0 to ``step``."""
    scaled = torch.tensor(places, dtype=torch.float64) / step
    powers = torch.stack([scaled**n for n in range(len(places))])
    integrals = 1 / torch.arange(1, len(places) + 1, dtype=torch.float64)
    return (step * torch.linalg.solve(powers, integrals)).tolist()
