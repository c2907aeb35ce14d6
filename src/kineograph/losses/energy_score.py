"""A proper score of a generator by two of its answers to one picture: near the truth, and as far apart as it is
uncertain (Gneiting and Raftery 2007, "Strictly Proper Scoring Rules", eq. 22; for generators Bouchacourt et al. 2016,
"DISCO Nets", arXiv 1606.02556, eq. 8)."""

from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.types import Scalar, Turn, Video


class EnergyScore:
    """E|real - fake| - E|fake - second| / 2, norms over all frames and channels of one place, averaged over places.

    Needs a second answer, ``turn.extras['second']`` (animator=gan animator.num_answers=2). Least where the answers are
    distributed as the real films are. Raises UserError without it.
    """

    def __call__(self, turn: Turn) -> Scalar:
        if "second" not in turn.extras:
            raise UserError(
                "animator/losses=[energy_score] compares two answers to each picture: "
                "animator=gan animator.num_answers=2"
            )
        second = turn.extras["second"]
        near = (self._norm(turn.real - turn.fake) + self._norm(turn.real - second)) / 2
        return (near - self._norm(turn.fake - second) / 2).mean()

    @staticmethod
    def _norm(difference: Video) -> Float[Tensor, "b h w"]:
        places = rearrange(difference, "b t c h w -> b h w (t c)")
        return (places.square().mean(dim=-1) + 1e-8).sqrt()
