"""The cheapest codec: squares of pixels become channels, exactly ("Simple diffusion", Hoogeboom et al. 2023,
arXiv:2301.11093, section 3.4; the patches of "DiT", arXiv:2212.09748)."""

import torch
from einops import rearrange, reduce
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.errors import UserError
from kineograph.core.types import Condition, Video
from kineograph.core.warp import resize, resize_mask

Latents = Float[Tensor, "b t _ _ _"]


class PatchifyCodec(nn.Module):
    """Films of any size come to (height, width), ``patch`` x ``patch`` pixels to one place; has no parameters.

    Raises UserError where the patches do not fill the size.
    """

    def __init__(self, *, height: int, width: int, patch: int):
        super().__init__()
        if height % patch or width % patch:
            raise UserError(f"codec.patch={patch} does not divide {height}x{width}")
        self.size = (height, width)
        self.patch = patch

    def latent_shape(self, condition: Condition) -> tuple[int, int, int, int]:
        height, width = (side // self.patch for side in self.size)
        return condition.num_frames, condition.channels * self.patch**2, height, width

    def encode(self, video: Video, condition: Condition) -> Latents:
        video = resize(video, self.size)
        return rearrange(video, "b t c (h p) (w q) -> b t (c p q) h w", p=self.patch, q=self.patch)

    def decode(self, latents: Latents, condition: Condition) -> Latents:
        video = rearrange(latents, "b t (c p q) h w -> b t c (h p) (w q)", p=self.patch, q=self.patch)
        return resize(video, condition.size)

    def encode_condition(self, condition: Condition) -> Condition:
        """Known pixels as they are, the mask averaged over each patch."""
        mask = resize_mask(condition.mask, self.size)
        mask = reduce(mask, "b t c (h p) (w q) -> b t c h w", "mean", p=self.patch, q=self.patch)
        return condition._replace(known=self.encode(condition.known, condition), mask=mask)

    def project(self, latents: Latents, condition: Condition) -> Latents:
        return torch.where(condition.mask >= 1, condition.known, latents.clamp(-1, 1))
