"""lambda = ln(alpha / sigma), half the logarithm of the signal-to-noise ratio (Lu et al. 2022, arXiv:2206.00927)."""

import torch
from jaxtyping import Float64
from torch import Tensor

from kineograph.core.protocols import Process

HALVINGS = 200  # more than a double has bits to tell apart


def half_log_snr(process: Process, levels: Float64[Tensor, "n"]) -> Float64[Tensor, "n"]:
    """-inf where there is noise alone, inf where there is none."""
    return process.alpha(levels).log() - process.sigma(levels).log()


def level_at(process: Process, wanted: Float64[Tensor, "n"]) -> Float64[Tensor, "n"]:
    """The levels, between the process's last and first, whose lambda is the ``wanted`` one: by halving."""
    first, last = process.levels(1)
    low, high = last.expand_as(wanted).clone(), first.expand_as(wanted).clone()
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        noisier = half_log_snr(process, middle) < wanted
        low, high = torch.where(noisier, low, middle), torch.where(noisier, middle, high)
    return (low + high) / 2
