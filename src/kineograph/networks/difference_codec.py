"""What changes from the given picture is diffused, not the picture again (residuals of a predicted frame, Yang et al.
2022, "RVD", arXiv:2203.09481, section 3.2; here the prediction is the given frame nearest in time)."""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import Condition, Video
from kineograph.core.warp import resize, shown
from kineograph.networks.identity_codec import IdentityCodec


class DifferenceCodec(IdentityCodec):
    """Differences in units of ``scale`` where a picture is given, pixels where none is; has no parameters.

    Nothing is lost: 0 is the given picture standing still. The denoiser is shown that picture beside every frame, where
    IdentityCodec shows it at its own alone.
    """

    def __init__(self, *, height: int, width: int, scale: float):
        super().__init__(height=height, width=width)
        self.scale = scale

    def encode(self, video: Video, condition: Condition) -> Float[Tensor, "b t c _ _"]:
        picture, unit = self.start(condition)
        return (super().encode(video, condition) - picture) / unit

    def decode(self, latents: Video, condition: Condition) -> Float[Tensor, "b t c _ _"]:
        picture, unit = self.start(condition)
        return super().decode(latents * unit + picture, condition)

    def encode_condition(self, condition: Condition) -> Condition:
        condition = super().encode_condition(condition)
        picture, _ = self.start(condition)
        return condition._replace(known=torch.where(condition.mask > 0, condition.known, picture))

    def project(self, latents: Video, condition: Condition) -> Float[Tensor, "b t c _ _"]:
        picture, unit = self.start(condition)
        return (super().project(latents * unit + picture, condition) - picture) / unit

    def start(self, condition: Condition) -> tuple[Video, Float[Tensor, "b t 1 _ _"]]:
        """The given picture of every frame at the codec's size, and the unit of each of its places."""
        colour, share = resize(shown(condition), (self.height, self.width)).split([condition.channels, 1], dim=2)
        given = share > 0.5
        return torch.where(given, colour / share.clamp_min(0.5), 0), torch.where(given, self.scale, 1.0)
