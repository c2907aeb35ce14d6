"""The least-squares game with targets 1 for real and 0 for fake (Mao et al. 2017, arXiv:1611.04076, equation 9)."""

from kineograph.core.types import Scalar, Turn


class LeastSquares:
    """Half the mean squared distance of the scores from their targets; the generator aims at 1."""

    def generator(self, turn: Turn) -> Scalar:
        assert turn.judged_fake is not None
        return 0.5 * (turn.judged_fake.scores - 1).square().mean()

    def discriminator(self, turn: Turn) -> Scalar:
        assert turn.judged_real is not None
        assert turn.judged_fake is not None
        return 0.5 * ((turn.judged_real.scores - 1).square().mean() + turn.judged_fake.scores.square().mean())
