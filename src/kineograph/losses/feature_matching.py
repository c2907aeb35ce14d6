"""Feature matching: the film must look real to the discriminator's inner layers (Salimans et al. 2016,
arXiv:1606.03498, section 3.1; the L1 form of Wang et al. 2018, arXiv:1711.11585, equation 4)."""

import torch

from kineograph.core.errors import UserError
from kineograph.core.types import Scalar, Turn


class FeatureMatching:
    """Mean |features(fake) - features(real)| of each layer, averaged over the layers; the real side is a fixed target.

    Needs ``judged_real`` and ``judged_fake`` of the same discriminator. Raises UserError without them.
    """

    compares = True

    def __call__(self, turn: Turn) -> Scalar:
        if turn.judged_real is None or turn.judged_fake is None:
            raise UserError("animator/losses=[feature_matching] compares what judges see: animator=gan, with judges")
        layers = [
            (fake - real.detach()).abs().mean()
            for fake, real in zip(turn.judged_fake.features, turn.judged_real.features, strict=True)
        ]
        return torch.stack(layers).mean()
