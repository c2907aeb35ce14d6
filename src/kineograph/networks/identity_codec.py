"""No codec: the pixels themselves are diffused, at one size."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition, Video
from kineograph.core.warp import keep_known, resize


class IdentityCodec(nn.Module):
    """Brings films of any size to (height, width) and back; has no parameters."""

    def __init__(self, *, height: int, width: int):
        super().__init__()
        self.height = height
        self.width = width

    def latent_shape(self, condition: Condition) -> tuple[int, int, int, int]:
        return condition.num_frames, condition.channels, self.height, self.width

    def encode(self, video: Video, condition: Condition) -> Float[Tensor, "b t c _ _"]:
        return resize(video, (self.height, self.width))

    def decode(self, latents: Video, condition: Condition) -> Float[Tensor, "b t c _ _"]:
        return resize(latents, condition.size)

    def encode_condition(self, condition: Condition) -> Condition:
        if condition.size == (self.height, self.width):
            return condition
        # A small pixel counts as known where most of it is; its colour is the mean of the known part alone.
        share = self.encode(condition.mask, condition)
        mask = (share > 0.5).to(share)
        known = self.encode(condition.known * condition.mask, condition) / share.clamp_min(0.5)
        return condition._replace(known=torch.where(mask > 0, known, 0), mask=mask)

    def project(self, latents: Video, condition: Condition) -> Float[Tensor, "b t c _ _"]:
        return keep_known(latents.clamp(-1, 1), condition)
