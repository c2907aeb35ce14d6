"""Mean square of a codec's latents, before they are normalised (the part of eq. 10 of Kingma and Welling 2014,
arXiv 1312.6114, that does not depend on a variance)."""

from kineograph.core.errors import UserError
from kineograph.core.types import Scalar, Turn


class LatentSize:
    """Mean square of ``extras['latents']``: keeps the codec from drowning the noise it is to bear.

    Raises UserError outside a codec's training.
    """

    def __call__(self, turn: Turn) -> Scalar:
        if "latents" not in turn.extras:
            raise UserError(
                "the loss latent_size is on the latents of a codec that learns, among animator.codec.losses; leave it "
                "out of animator/losses"
            )
        return turn.extras["latents"].square().mean()
