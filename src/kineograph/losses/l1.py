"""Mean absolute difference of the pixels."""

from kineograph.core.types import Scalar, Turn


class L1:
    """Mean |fake - real| over all pixels, in units of the pixel range [-1, 1] (so at most 2)."""

    def __call__(self, turn: Turn) -> Scalar:
        return (turn.fake - turn.real).abs().mean()
