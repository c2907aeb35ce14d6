"""Mean square of a codec's latents, before they are normalised (the part of eq. 10 of Kingma and Welling 2014,
arXiv 1312.6114, that does not depend on a variance)."""

from kineograph.core.types import Scalar, Turn


class LatentSize:
    """Mean square of ``extras['latents']``: keeps the codec from drowning the noise it is to bear."""

    def __call__(self, turn: Turn) -> Scalar:
        return turn.extras["latents"].square().mean()
