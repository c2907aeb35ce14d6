"""Mode seeking: different codes must make different films (Mao et al. 2019, "MSGAN", arXiv 1903.05628, section 3)."""

from kineograph.core.errors import UserError
from kineograph.core.types import Scalar, Turn

EPSILON = 1e-5  # where two films are one


class Diversity:
    """Mean over the clips of |codes apart| / |films apart|: the inverse of the paper's ratio, to be made small.

    Needs two answers to each picture (``animator.num_answers: 2``): ``extras["second"]`` and ``extras["codes_apart"]``.
    Raises UserError without them, and where the generator draws nothing.
    """

    def __call__(self, turn: Turn) -> Scalar:
        if "second" not in turn.extras:
            raise UserError(
                "animator/losses=[diversity] compares two answers to each picture: animator=gan animator.num_answers=2"
            )
        if bool(turn.extras["codes_apart"].isnan().any()):  # the mean of no numbers
            raise UserError(
                "animator/losses=[diversity] is for generators that draw codes, and this one draws none; raise its "
                "motion_dim, or leave the loss out"
            )
        films_apart = (turn.extras["second"] - turn.fake).abs().mean(dim=(1, 2, 3, 4))
        return (1 / (films_apart / turn.extras["codes_apart"] + EPSILON)).mean()
