"""A scheduler of the diffusers package as a sampler: its grid and its steps, our process and our noise.

Those that walk along sqrt(alpha bar) clean + sqrt(1 - alpha bar) noise serve: DPMSolverMultistepScheduler
(arXiv:2211.01095), UniPCMultistepScheduler (arXiv:2302.04867), DEISMultistepScheduler (arXiv:2204.13902).
"""

from collections.abc import Callable
from typing import Any

from kineograph.core.errors import UserError
from kineograph.core.protocols import Process
from kineograph.core.random import Noise
from kineograph.core.types import Level, Video
from kineograph.samplers.half_log_snr import half_log_snr, level_at

KNOWN = ("DPMSolverMultistepScheduler", "UniPCMultistepScheduler", "DEISMultistepScheduler")


class DiffusersScheduler:
    """``options`` go to the scheduler as they are; where it draws noise (sde-dpmsolver++), it is each sample's own.

    Raises UserError for others than the three, for one that walks otherwise, or without diffusers.
    """

    def __init__(self, *, scheduler: str, options: dict[str, Any], num_steps: int):
        if scheduler not in KNOWN:
            raise UserError(f"sampler.scheduler={scheduler}: one of {', '.join(KNOWN)}")
        if options.get("use_flow_sigmas"):
            raise UserError(
                "sampler.options.use_flow_sigmas: such a scheduler walks along (1 - s) clean + s noise; leave it out: "
                "levels are found from the process, and process.shift moves them"
            )
        self.scheduler = scheduler
        self.options = options
        self.num_steps = num_steps

    def __call__(self, process: Process, denoise: Callable[[Video, Level], Video], start: Video, noise: Noise) -> Video:
        try:
            import diffusers
        except ImportError as error:
            raise UserError("sampler=diffusers_scheduler needs the package diffusers: pip install diffusers") from error
        scheduler = getattr(diffusers, self.scheduler)(prediction_type="sample", **self.options)
        scheduler.set_timesteps(self.num_steps)
        ratio = scheduler.sigmas[:-1].double()  # sigma / alpha of every step; the walk ends without noise
        most = float((-half_log_snr(process, process.levels(1))).exp()[0])
        if ratio[0] > most * 1.1:
            raise UserError(
                f"sampler.scheduler={self.scheduler} begins at {float(ratio[0]):.4g} times as much noise as film, the "
                f"process ends at {most:.4g}; use a process that reaches as far, or another sampler"
            )
        levels = level_at(process, -ratio.log())
        scale = process.alpha(levels) * (1 + ratio**2).sqrt()  # their films have sigma^2 + alpha^2 = 1
        draws = str(self.options.get("algorithm_type")).startswith("sde")
        x = start
        for time, level, factor in zip(scheduler.timesteps, levels, scale.tolist(), strict=True):
            clean = denoise(factor * x, level.expand(len(x)).to(x))
            own = {"variance_noise": noise.normal(*x.shape[1:]).to(x)} if draws else {}
            x = scheduler.step(clean, time, x, return_dict=False, **own)[0]
        return x
