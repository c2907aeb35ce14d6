"""The zero-centred gradient penalty on real clips (Mescheder et al. 2018, arXiv:1801.04406, equation 9)."""

import torch

from kineograph.core.types import Scalar, Turn


class R1:
    """|gradient of the sum of a clip's scores to its pixels|^2 / number of scores, mean over the batch.

    One score a clip gives the paper's formula. Patches that share no pixels have the mean of their own penalties, so
    the weight (gamma / 2) holds at any size; those that share all count together, at most as often as there are scores.
    Channels that a view adds (how noisy it is) do not count.
    """

    wants = "real"

    def __call__(self, turn: Turn) -> Scalar:
        assert turn.judged_real is not None
        scores = turn.judged_real.scores
        (gradient,) = torch.autograd.grad(scores.sum(), turn.real, create_graph=True)
        return gradient[:, :, : turn.channels].square().sum() / scores.numel()
