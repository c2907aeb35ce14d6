"""R2 without a double backward pass, by a step in a random direction (the approximated penalty of Lin et al. 2025,
"Diffusion adversarial post-training", arXiv 2501.08316), on generated clips."""

from kineograph.core.types import Scalar, Turn
from kineograph.losses.penalties.r1_finite import squared_slope


class R2Finite:
    """As R1Finite, at the fakes. Its mean over draws is R2 as ``sigma`` goes to zero."""

    wants = "perturbation"

    def __init__(self, *, sigma: float):
        self.sigma = sigma

    def __call__(self, turn: Turn) -> Scalar:
        assert turn.judged_fake is not None
        return squared_slope(turn, turn.fake, turn.judged_fake, self.sigma)
