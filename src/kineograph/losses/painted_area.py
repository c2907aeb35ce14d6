"""The share of the film that is painted rather than moved: what can be warped should be."""

from kineograph.core.types import Scalar, Turn


class PaintedArea:
    """Mean of ``extras['gate']``, in [0, 1]."""

    def __call__(self, turn: Turn) -> Scalar:
        return turn.extras["gate"].mean()
