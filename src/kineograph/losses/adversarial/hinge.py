"""The hinge game (Lim and Ye 2017, arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957, equations 16 and 17)."""

from torch.nn.functional import relu

from kineograph.core.types import Scalar, Turn


class Hinge:
    """The discriminator stops caring once real scores exceed 1 and fake scores fall below -1."""

    def generator(self, turn: Turn) -> Scalar:
        assert turn.judged_fake is not None
        return -turn.judged_fake.scores.mean()

    def discriminator(self, turn: Turn) -> Scalar:
        assert turn.judged_real is not None
        assert turn.judged_fake is not None
        return relu(1 - turn.judged_real.scores).mean() + relu(1 + turn.judged_fake.scores).mean()
