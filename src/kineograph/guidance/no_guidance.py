"""The denoiser as it is."""

from kineograph.core.protocols import Denoise


class NoGuidance:
    """One call of the denoiser a step."""

    def __call__(self, denoise: Denoise) -> Denoise:
        return denoise
