"""The codes can be read off the film (Chen et al. 2016, "InfoGAN", arXiv 1606.03657, equation 5)."""

import torch
from torch.nn.functional import cross_entropy

from kineograph.core.errors import UserError
from kineograph.core.types import Scalar, Turn


class Info:
    """Nats that the reader lacks: -log of its probability of the categories, half the squared error of the values.

    The entropy of the codes minus this is a lower bound of their mutual information with the film (for the values up
    to the constant of a unit normal). Raises UserError where the generator has no such codes.
    """

    def __call__(self, turn: Turn) -> Scalar:
        codes, read = turn.latent, turn.extras
        if "values" not in read:
            raise UserError("animator/losses=[info] reads named codes off the film: animator/generator=info")
        values = torch.cat([codes.content_values, codes.motion_values], dim=1)
        terms = [0.5 * (values - read["values"]).square().sum(dim=1).mean()]
        for name, category in (("content_logits", codes.content_category), ("motion_logits", codes.motion_category)):
            if read[name].shape[1] > 0:
                terms.append(cross_entropy(read[name], category[:, 0]))
        return torch.stack(terms).sum()
