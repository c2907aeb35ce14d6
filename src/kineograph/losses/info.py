"""The codes can be read off the film (Chen et al. 2016, "InfoGAN", arXiv 1606.03657, equation 5)."""

import torch
from torch.nn.functional import cross_entropy

from kineograph.core.types import Scalar, Turn


class Info:
    """Nats that the reader lacks: -log of its probability of the categories, half the squared error of the values.

    The entropy of the codes minus this is a lower bound of their mutual information with the film (for the values up
    to the constant of a unit normal). Needs animator/generator=info.
    """

    def __call__(self, turn: Turn) -> Scalar:
        terms = [0.5 * (turn.latent.values - turn.extras["values"]).square().sum(dim=1).mean()]
        for place, name in enumerate(("content_logits", "motion_logits")):
            if turn.extras[name].shape[1] > 0:
                terms.append(cross_entropy(turn.extras[name], turn.latent.categories[:, place]))
        return torch.stack(terms).sum()
