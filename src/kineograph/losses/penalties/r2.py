"""The zero-centred gradient penalty on generated clips (Mescheder et al. 2018, arXiv:1801.04406, equation 10)."""

import torch

from kineograph.core.types import Scalar, Turn


class R2:
    """As R1, at the fakes: |gradient of the sum of a clip's scores|^2 / number of scores, mean over the batch."""

    wants = "fake"

    def __call__(self, turn: Turn) -> Scalar:
        assert turn.judged_fake is not None
        scores = turn.judged_fake.scores
        (gradient,) = torch.autograd.grad(scores.sum(), turn.fake, create_graph=True)
        return gradient[:, :, : turn.channels].square().sum() / scores.numel()
