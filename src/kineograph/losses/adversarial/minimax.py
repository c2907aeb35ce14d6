"""The original game: both sides play for the same value (Goodfellow et al. 2014, arXiv:1406.2661, equation 1)."""

from torch.nn.functional import softplus

from kineograph.core.types import Scalar, Turn


class Minimax:
    """Scores are logits of "real". The generator minimises log(1 - D(fake)), so its loss is negative."""

    def generator(self, turn: Turn) -> Scalar:
        assert turn.judged_fake is not None
        return -softplus(turn.judged_fake.scores).mean()

    def discriminator(self, turn: Turn) -> Scalar:
        assert turn.judged_real is not None
        assert turn.judged_fake is not None
        return softplus(-turn.judged_real.scores).mean() + softplus(turn.judged_fake.scores).mean()
