"""The non-saturating game (Goodfellow et al. 2014, arXiv:1406.2661, equation 1 and the last paragraph of section 3)."""

from torch.nn.functional import softplus

from kineograph.core.types import Scalar, Turn


class NonSaturating:
    """Scores are logits of "real". The generator maximises log D(fake), whose gradient is largest where it loses."""

    def generator(self, turn: Turn) -> Scalar:
        assert turn.judged_fake is not None
        return softplus(-turn.judged_fake.scores).mean()

    def discriminator(self, turn: Turn) -> Scalar:
        assert turn.judged_real is not None
        assert turn.judged_fake is not None
        return softplus(-turn.judged_real.scores).mean() + softplus(turn.judged_fake.scores).mean()
