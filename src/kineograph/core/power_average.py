"""Averages of weights whose memory is a share of the training so far, and how one is made of others afterwards
("EDM2": Karras et al. 2024, arXiv:2312.02696, Sec. 3.1 and Appendix C)."""

from typing import NamedTuple

import torch
from jaxtyping import Float64
from torch import Tensor


class Profile(NamedTuple):
    """An average at ``images`` that weighs the weights of image t in proportion to t^gamma."""

    images: float
    gamma: float


def gamma_of(sigma_rel: float) -> float:
    """The exponent of the average whose weights spread by this share of the training: the root of Eq. 126."""
    inverse = sigma_rel**-2
    # sigma_rel^2 = (gamma + 1) / ((gamma + 2)^2 (gamma + 3)), as a polynomial in gamma
    companion = torch.tensor([[-7.0, inverse - 16, inverse - 12], [1, 0, 0], [0, 1, 0]], dtype=torch.float64)
    return torch.linalg.eigvals(companion).real.max().item()


def keep(images: int, seen: int, gamma: float) -> float:
    """The share of the old average kept when ``images`` more make it ``seen`` in all (Eq. 127)."""
    return (1 - images / seen) ** (gamma + 1)


def shares(held: list[Profile], wanted: Profile) -> Float64[Tensor, "n"]:
    """How much of each held average makes the wanted one, in the sense of least squares (Appendix C.3)."""
    products = torch.tensor([[product(a, b) for b in held] for a in held], dtype=torch.float64)
    aims = torch.tensor([product(a, wanted) for a in held], dtype=torch.float64)
    return torch.linalg.lstsq(products, aims[:, None], driver="gelsd").solution[:, 0]


def product(a: Profile, b: Profile) -> float:
    """The integral over the training of the product of two profiles, each of which has the integral 1."""
    early, late = sorted((a, b))
    ratio = early.images / late.images
    return (a.gamma + 1) * (b.gamma + 1) / (a.gamma + b.gamma + 1) * ratio**late.gamma / late.images
