"""The share of the film that is painted rather than moved: what can be warped should be."""

from kineograph.core.errors import UserError
from kineograph.core.types import Scalar, Turn


class PaintedArea:
    """Mean of ``extras['gate']``, in [0, 1]. Raises UserError where nothing is warped."""

    def __call__(self, turn: Turn) -> Scalar:
        if "gate" not in turn.extras:
            raise UserError(
                "the loss painted_area reads the gate of animator/codec=motion, which has it among "
                "animator.codec.losses; leave it out elsewhere"
            )
        return turn.extras["gate"].mean()
