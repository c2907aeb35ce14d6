"""Averages of weights whose memory is a share of the training so far, and how one is made of others afterwards
("EDM2": Karras et al. 2024, arXiv:2312.02696, Sec. 3.1 and Appendix C)."""

from typing import NamedTuple

import torch
from jaxtyping import Float64
from torch import Tensor

from kineograph.core.errors import UserError

WIDEST = 12**-0.5  # the spread of an average that weighs all of the training alike


class Profile(NamedTuple):
    """An average at ``images`` that weighs the weights of image t in proportion to t^gamma."""

    images: float
    gamma: float


def gamma_of(sigma_rel: float | int) -> float:
    """The exponent of the average whose weights spread by this share of the training: the root of Eq. 126.

    Raises UserError where no average has this memory.
    """
    if not isinstance(sigma_rel, float | int) or not 0 < sigma_rel < WIDEST:  # as a command gave it
        raise UserError(f"sigma_rel={sigma_rel}: a share of the training above 0 and below {WIDEST:.2f}, 0.05 say")
    inverse = sigma_rel**-2
    # sigma_rel^2 = (gamma + 1) / ((gamma + 2)^2 (gamma + 3)), as a polynomial in gamma
    companion = torch.tensor([[-7.0, inverse - 16, inverse - 12], [1, 0, 0], [0, 1, 0]], dtype=torch.float64)
    return torch.linalg.eigvals(companion).real.max().item()


def keep(images: int, seen: int, gamma: float) -> float:
    """The share of the old average kept when ``images`` more make it ``seen`` in all (Eq. 127)."""
    return (1 - images / seen) ** (gamma + 1)


def shares(held: list[Profile], wanted: Profile) -> Float64[Tensor, "n"]:
    """How much of each held average makes the wanted one, in the sense of least squares (Appendix C.3), one in sum.

    The paper's networks normalise their weights whenever they use them. Ours do not: what stood still must come back.
    """
    products = torch.tensor([[product(a, b) for b in held] for a in held], dtype=torch.float64)
    aims = torch.tensor([product(a, wanted) for a in held], dtype=torch.float64)
    one = torch.ones(1, len(held), dtype=torch.float64)
    # Lagrange's conditions, in shares of the training, which puts all numbers in one range
    system = torch.cat(
        [torch.cat([products * wanted.images, one.T], dim=1), torch.cat([one, torch.zeros(1, 1).double()], dim=1)]
    )
    answer = torch.cat([aims * wanted.images, one[0, :1]])
    return torch.linalg.lstsq(system, answer[:, None], driver="gelsd").solution[:-1, 0]


def product(a: Profile, b: Profile) -> float:
    """The integral over the training of the product of two profiles, each of which has the integral 1."""
    early, late = sorted((a, b))
    ratio = early.images / late.images
    return (a.gamma + 1) * (b.gamma + 1) / (a.gamma + b.gamma + 1) * ratio**late.gamma / late.images
