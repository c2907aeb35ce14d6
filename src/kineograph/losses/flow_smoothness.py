"""Total variation of the generator's flow field: neighbours that move alike (Rudin et al. 1992)."""

from kineograph.core.types import Scalar, Turn


class FlowSmoothness:
    """Mean |difference| of ``extras['flow']`` (picture units) between horizontal and between vertical neighbours."""

    def __call__(self, turn: Turn) -> Scalar:
        flow = turn.extras["flow"]  # b t 2 h w
        return flow.diff(dim=-1).abs().mean() + flow.diff(dim=-2).abs().mean()
