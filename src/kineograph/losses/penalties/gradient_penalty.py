"""The one-centred gradient penalty between real and fake (Gulrajani et al. 2017, arXiv:1704.00028, equation 3)."""

import torch

from kineograph.core.types import Scalar, Turn


class GradientPenalty:
    """(|gradient of a clip's mean score to its pixels| - 1)^2, mean over the batch.

    The place between real (1) and fake (0) is ``turn.extras["interpolation"]``, uniform numbers of shape (b,).
    """

    wants = "interpolation"

    def __call__(self, turn: Turn) -> Scalar:
        place = turn.extras["interpolation"][:, None, None, None, None]  # b 1 1 1 1
        video = torch.lerp(turn.fake.detach(), turn.real.detach(), place.to(turn.real)).requires_grad_(True)
        scores = turn.discriminate(video).scores
        critic = scores.reshape(len(scores), -1).mean(dim=1)  # b
        (gradient,) = torch.autograd.grad(critic.sum(), video, create_graph=True)
        return (torch.linalg.vector_norm(gradient.flatten(1), dim=1) - 1).square().mean()
