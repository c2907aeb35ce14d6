"""Fourier features of a number (Vaswani et al. 2017, section 3.5; Tancik et al. 2020, eq. 5)."""

import torch
from jaxtyping import Float
from torch import Tensor


def fourier(
    number: Float[Tensor, "*batch"],
    dim: int,  # even: half sines, half cosines
    longest: float,  # the longest wavelength told apart; the others halve it down to longest / 2^(dim/2 - 1)
) -> Float[Tensor, "*batch dim"]:
    """Sines and cosines of ``number`` at wavelengths in octaves; no parameters."""
    octaves = torch.arange(dim // 2, device=number.device, dtype=number.dtype)
    angle = number[..., None] * (2 * torch.pi / longest) * 2**octaves
    return torch.cat([angle.sin(), angle.cos()], dim=-1)
