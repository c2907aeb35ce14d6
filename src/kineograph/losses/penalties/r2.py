"""The zero-centred gradient penalty on generated clips (Mescheder et al. 2018, arXiv:1801.04406, equation 10)."""

import torch

from kineograph.core.types import Scalar, Turn


class R2:
    """As R1, at the fakes: |gradient of the sum of a clip's scores|^2 / number of scores, mean over the batch."""

    def __call__(self, turn: Turn) -> Scalar:
        video = turn.fake.detach().requires_grad_(True)
        scores = turn.discriminate(video).scores
        (gradient,) = torch.autograd.grad(scores.sum(), video, create_graph=True)
        return gradient.square().sum() / scores.numel()
