"""How far a codec's latents are from the standard bell (Kingma and Welling 2014, arXiv:1312.6114, appendix B)."""

from kineograph.core.types import Scalar, Turn


class Kl:
    """The divergence from normal(0, 1) a latent number, of ``extras``' mean ``latents`` and ``log_variance``."""

    def __call__(self, turn: Turn) -> Scalar:
        mean, log_variance = turn.extras["latents"], turn.extras["log_variance"]
        return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
