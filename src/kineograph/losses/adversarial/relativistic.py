"""The relativistic pairing game (Jolicoeur-Martineau 2018, arXiv:1807.00734; Huang et al. 2024, arXiv:2501.05441,
equation 2): each fake is judged against the real clip of the same condition."""

from torch.nn.functional import softplus

from kineograph.core.types import Scalar, Turn


class Relativistic:
    """Softplus of the difference of paired scores; needs ``judged_real`` in both turns. log 2 at equality."""

    compares = True

    def generator(self, turn: Turn) -> Scalar:
        assert turn.judged_real is not None
        assert turn.judged_fake is not None
        return softplus(turn.judged_real.scores - turn.judged_fake.scores).mean()

    def discriminator(self, turn: Turn) -> Scalar:
        assert turn.judged_real is not None
        assert turn.judged_fake is not None
        return softplus(turn.judged_fake.scores - turn.judged_real.scores).mean()
