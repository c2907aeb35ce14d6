"""How far a codec's latents are from the standard bell (Kingma and Welling 2014, arXiv:1312.6114, appendix B)."""

from kineograph.core.errors import UserError
from kineograph.core.types import Scalar, Turn


class Kl:
    """The divergence from normal(0, 1) a latent number, of ``extras``' mean ``latents`` and ``log_variance``.

    Raises UserError without them.
    """

    def __call__(self, turn: Turn) -> Scalar:
        if "log_variance" not in turn.extras:
            raise UserError(
                "the loss kl reads the bottleneck of animator/codec=kl_2d or kl_3d, which have it among "
                "animator.codec.losses; leave it out elsewhere"
            )
        mean, log_variance = turn.extras["latents"], turn.extras["log_variance"]
        return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
