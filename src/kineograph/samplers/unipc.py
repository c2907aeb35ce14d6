"""UniPC (Zhao et al. 2023, arXiv:2302.04867, Algorithms 1 and 2, with B(h) = e^h - 1 and the clean estimate)."""

import math
from collections.abc import Callable

import torch

from kineograph.core.errors import UserError
from kineograph.core.protocols import Process
from kineograph.core.random import Noise
from kineograph.core.types import Level, Video
from kineograph.samplers.half_log_snr import half_log_snr

Past = list[tuple[float, Video]]  # lambda and the clean estimate there, the newest first


class Unipc:
    """Deterministic, of order ``order`` + 1; one call of the denoiser a step.

    Each new estimate corrects the step that led to it before it predicts the next. The first steps, and a last step
    that ends without noise, are of lower order.
    """

    def __init__(self, *, num_steps: int, order: int):
        if order < 1:
            raise UserError(f"sampler.order={order}: UniPC predicts from at least one estimate")
        self.num_steps = num_steps
        self.order = order

    def __call__(self, process: Process, denoise: Callable[[Video, Level], Video], start: Video, noise: Noise) -> Video:
        levels = process.levels(self.num_steps)  # steps+1, float64 on the CPU
        alpha, sigma = process.alpha(levels).tolist(), process.sigma(levels).tolist()
        snr = half_log_snr(process, levels).tolist()
        x = corrected = start * sigma[0]
        past: Past = []
        for i in range(self.num_steps):
            clean = denoise(x, levels[i].expand(len(x)).to(x))
            if i:
                x = sigma[i] / sigma[i - 1] * corrected - alpha[i] * pull(snr[i], past, clean)
            past = [(snr[i], clean), *(known for known in past if math.isfinite(known[0]))][: self.order]
            corrected = x
            x = sigma[i + 1] / sigma[i] * corrected - alpha[i + 1] * pull(snr[i + 1], past, None)
        return x


def pull(end: float, past: Past, there: Video | None) -> Video:
    """The change over one step that the estimates ask for; ``there`` is the one at its end, if it is known."""
    here, clean = past[0]
    step = end - here
    shrink = math.expm1(-step)
    places = [(place - here) / step for place, _ in past[1:]] + [1.0]
    leans = [(known - clean) / place for (_, known), place in zip(past[1:], places, strict=False)]
    if there is None:
        places.pop()
    else:
        leans.append(there - clean)
    if not leans or (there is None and math.isinf(step)):
        return shrink * clean
    shares = [0.5] if len(leans) == 1 else weights(places, step)  # Sec. 3.3: one unknown has the solution 1/2
    return shrink * (clean + sum(share * lean for share, lean in zip(shares, leans, strict=True)))


def weights(places: list[float], step: float) -> list[float]:
    """What solves R rho = phi / B, Eq. 9 with h = -step: the powers of the places are integrated exactly."""
    moments, part = [], math.expm1(-step)  # h phi_1(h), h phi_2(h), ... by phi_{n+1} = (phi_n - 1/n!) / h
    for n in range(1, len(places) + 1):
        part = part / -step - 1 / math.factorial(n)
        moments.append(part * math.factorial(n) / math.expm1(-step))
    powers = torch.tensor([[place**n for place in places] for n in range(len(places))], dtype=torch.float64)
    return torch.linalg.solve(powers, torch.tensor(moments, dtype=torch.float64)).tolist()
