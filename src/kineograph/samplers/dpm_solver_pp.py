"""DPM-Solver++, multistep (Lu et al. 2022, arXiv:2211.01095, Algorithm 2; third order by divided differences)."""

import math
from collections.abc import Callable

from kineograph.core.errors import UserError
from kineograph.core.protocols import Process
from kineograph.core.random import Noise
from kineograph.core.types import Level, Video
from kineograph.samplers.half_log_snr import half_log_snr


class DpmSolverPp:
    """Deterministic, of ``order`` 1 (DDIM), 2 ("2M") or 3 ("3M"); one call of the denoiser a step.

    The linear part of the ODE is solved exactly, the clean estimate is followed along lambda = ln(alpha / sigma) by the
    estimates of the steps before. The first steps, and a last step that ends without noise, are of lower order.
    """

    def __init__(self, *, num_steps: int, order: int):
        if order not in (1, 2, 3):
            raise UserError(f"sampler.order={order}: DPM-Solver++ is of order 1, 2 or 3")
        self.num_steps = num_steps
        self.order = order

    def __call__(self, process: Process, denoise: Callable[[Video, Level], Video], start: Video, noise: Noise) -> Video:
        levels = process.levels(self.num_steps)  # steps+1, float64 on the CPU
        alpha, sigma = process.alpha(levels).tolist(), process.sigma(levels).tolist()
        snr = half_log_snr(process, levels).tolist()
        x = start * sigma[0]
        past: list[tuple[float, Video]] = []  # lambda and the clean estimate there, the newest first
        for i in range(self.num_steps):
            clean = denoise(x, levels[i].expand(len(x)).to(x))
            step = snr[i + 1] - snr[i]
            x = sigma[i + 1] / sigma[i] * x - alpha[i + 1] * self.pull(step, clean, snr[i], past)
            past = [(snr[i], clean), *past][: self.order - 1] if math.isfinite(snr[i]) else []
        return x

    def pull(self, step: float, clean: Video, here: float, past: list[tuple[float, Video]]) -> Video:
        """Minus the integral of exp(lambda - lambda_end) times the clean estimate over the step."""
        shrink = math.expm1(-step)
        if not past or math.isinf(step):
            return shrink * clean
        first, before = past[0]
        ratio = (here - first) / step
        slope = (clean - before) / ratio  # over one step
        if len(past) == 1:
            return shrink * clean + shrink / 2 * slope
        second, earlier = past[1]
        other = (first - second) / step
        slope_before = (before - earlier) / other
        bend = 2 * (slope - slope_before) / (ratio + other)  # the authors' code forgets the 2, and is of second order
        slope = slope + ratio / 2 * bend
        return shrink * clean - (shrink / step + 1) * slope + ((shrink + step) / step**2 - 0.5) * bend
