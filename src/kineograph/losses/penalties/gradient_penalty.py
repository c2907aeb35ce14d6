"""The one-centred gradient penalty between real and fake (Gulrajani et al. 2017, arXiv:1704.00028, equation 3)."""

import torch

from kineograph.core.types import Scalar, Turn


class GradientPenalty:
    """(|gradient of a clip's mean score to its pixels| - 1)^2, mean over the batch.

    The place between real (1) and fake (0) is ``turn.extras["interpolation"]``, uniform numbers of shape (b,).
    Channels that a view adds (how noisy it is) do not count.
    """

    wants = "interpolation"

    def __call__(self, turn: Turn) -> Scalar:
        place = turn.extras["interpolation"][:, None, None, None, None]  # b 1 1 1 1
        fake = turn.fake.detach().to(turn.real)  # a generator may answer in bf16
        video = torch.lerp(fake, turn.real.detach(), place.to(turn.real)).requires_grad_(True)
        scores = turn.discriminate(video).scores
        critic = scores.reshape(len(scores), -1).mean(dim=1)  # b
        (gradient,) = torch.autograd.grad(critic.sum(), video, create_graph=True)
        slope = torch.linalg.vector_norm(gradient[:, :, : turn.channels].flatten(1), dim=1)  # b
        return (slope - 1).square().mean()
