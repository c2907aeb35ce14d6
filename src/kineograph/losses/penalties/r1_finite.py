"""R1 without a double backward pass, by a step in a random direction (the approximated penalty of Lin et al. 2025,
"Diffusion adversarial post-training", arXiv 2501.08316), on real clips."""

from kineograph.core.types import Judged, Scalar, Turn, Video


class R1Finite:
    """(change of a clip's summed scores over a step / ``sigma``)^2 / number of scores; the step is ``sigma`` normal.

    Its mean over draws is R1 as ``sigma`` goes to zero. The draw is ``turn.extras["perturbation"]``, standard normal.
    """

    def __init__(self, *, sigma: float):
        self.sigma = sigma

    def __call__(self, turn: Turn) -> Scalar:
        assert turn.judged_real is not None
        return squared_slope(turn, turn.real, turn.judged_real, self.sigma)


def squared_slope(turn: Turn, video: Video, judged: Judged, sigma: float | int) -> Scalar:
    """The penalty at ``video``, whose judgement is at hand already."""
    there = turn.discriminate(video.detach() + sigma * turn.extras["perturbation"]).scores
    slope = (there - judged.scores).reshape(len(video), -1).sum(dim=1) / sigma  # b
    return slope.square().sum() / judged.scores.numel()
