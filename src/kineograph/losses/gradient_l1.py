"""Mean absolute difference of the spatial differences, which punishes blur that L1 lets pass (Mathieu et al. 2016,
arXiv:1511.05440, equation 6, signed and with alpha = 1)."""

from kineograph.core.types import Scalar, Turn


class GradientL1:
    """Mean |d fake - d real| of the steps between neighbouring rows plus that of the steps between columns."""

    def __call__(self, turn: Turn) -> Scalar:
        error = turn.fake - turn.real  # differences are linear, so the error is differenced once
        return error.diff(dim=3).abs().mean() + error.diff(dim=4).abs().mean()
