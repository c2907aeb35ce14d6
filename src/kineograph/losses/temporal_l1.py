"""Mean absolute difference of the steps from frame to frame: the motion must fit, whatever the picture."""

from kineograph.core.types import Scalar, Turn


class TemporalL1:
    """Mean |d fake - d real| of the steps between neighbouring frames; 0 for films of one frame."""

    def __call__(self, turn: Turn) -> Scalar:
        error = turn.fake - turn.real
        if error.shape[1] == 1:
            return error.sum() * 0.0
        return error.diff(dim=1).abs().mean()
