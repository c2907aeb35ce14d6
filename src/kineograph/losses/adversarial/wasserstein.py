"""The Wasserstein game (Arjovsky et al. 2017, arXiv:1701.07875, equations 2 and 3); wants a gradient penalty."""

from kineograph.core.types import Scalar, Turn


class Wasserstein:
    """Minus the discriminator's loss is a lower bound of the earth mover's distance, if it is 1-Lipschitz."""

    def generator(self, turn: Turn) -> Scalar:
        assert turn.judged_fake is not None
        return -turn.judged_fake.scores.mean()

    def discriminator(self, turn: Turn) -> Scalar:
        assert turn.judged_real is not None
        assert turn.judged_fake is not None
        return turn.judged_fake.scores.mean() - turn.judged_real.scores.mean()
