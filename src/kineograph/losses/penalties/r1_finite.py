"""R1 without a double backward pass, by a step in a random direction (the approximated penalty of Lin et al. 2025,
"Diffusion adversarial post-training", arXiv 2501.08316), on real clips."""

from kineograph.core.types import Scalar, Turn


class R1Finite:
    """(change of a clip's summed scores over a step / ``sigma``)^2 / number of scores; the step is ``sigma`` normal.

    Its mean over draws is R1 as ``sigma`` goes to zero. The draw is ``turn.extras["perturbation"]``, standard normal.
    """

    def __init__(self, *, sigma: float):
        self.sigma = sigma

    def __call__(self, turn: Turn) -> Scalar:
        assert turn.judged_real is not None
        video = turn.real.detach()
        here = turn.judged_real.scores
        there = turn.discriminate(video + self.sigma * turn.extras["perturbation"]).scores
        slope = (there - here).reshape(len(video), -1).sum(dim=1) / self.sigma  # b
        return slope.square().sum() / here.numel()
