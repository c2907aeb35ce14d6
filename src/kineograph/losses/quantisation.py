"""What a code book learns by, and what keeps the encoder near its words (van den Oord et al. 2017, arXiv:1711.00937,
equation 3)."""

from kineograph.core.errors import UserError
from kineograph.core.types import Scalar, Turn


class Quantisation:
    """Mean square distance of ``extras``' ``words`` from the ``latents``: the book moves, and, by ``commitment`` times
    as much, the latents. Raises UserError without them.
    """

    def __init__(self, *, commitment: float):
        self.commitment = commitment

    def __call__(self, turn: Turn) -> Scalar:
        if "words" not in turn.extras:
            raise UserError(
                "the loss quantisation reads the words of animator/codec=vq_2d or vq_3d, which have it among "
                "animator.codec.losses; leave it out elsewhere"
            )
        latents, words = turn.extras["latents"], turn.extras["words"]
        book = (words - latents.detach()).square().mean()
        return book + self.commitment * (latents - words.detach()).square().mean()
