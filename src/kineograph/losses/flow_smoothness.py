"""Total variation of the generator's flow field: neighbours that move alike (Rudin et al. 1992)."""

from kineograph.core.errors import UserError
from kineograph.core.types import Scalar, Turn


class FlowSmoothness:
    """Mean |difference| of ``extras['flow']`` (picture units) between horizontal and between vertical neighbours.

    Raises UserError where nothing is warped.
    """

    def __call__(self, turn: Turn) -> Scalar:
        if "flow" not in turn.extras:
            raise UserError(
                "the loss flow_smoothness reads the flow of animator/codec=motion, which has it among "
                "animator.codec.losses; leave it out elsewhere"
            )
        flow = turn.extras["flow"]  # b t 2 h w
        return flow.diff(dim=-1).abs().mean() + flow.diff(dim=-2).abs().mean()
