"""Films under a random amount of noise, and how much it is (Wang et al. 2023, "Diffusion-GAN", arXiv 2206.02262,
section 3, on the straight path of arXiv 2209.03003)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.random import Noise
from kineograph.core.types import Condition, Scalar, Video


class DiffusedView(nn.Module):
    """A view (protocols.View) of c + 1 channels: (1 - level) film + level noise, and the level, one a clip.

    Levels are even in [0, ``most``). For judges of one channel more: animator/discriminators=[noised].
    """

    def __init__(self, *, most: float):
        super().__init__()
        self.most = most

    def draw(self, video: Video, noise: Noise, images_seen: int) -> Float[Tensor, "b t _ h w"]:
        t, _, h, w = video.shape[1:]
        level = self.most * noise.uniform()[:, None, None, None, None].expand(-1, t, 1, h, w)
        return torch.cat([noise.normal(*video.shape[1:]), level], dim=2).to(video)

    def forward(
        self, video: Video, condition: Condition, drawn: Tensor
    ) -> tuple[Float[Tensor, "b t _ h w"], Condition]:
        noise, level = drawn[:, :, :-1], drawn[:, :, -1:]
        mixed = torch.lerp(video.to(noise), noise, level.expand_as(video))  # a generator may answer in bf16
        return torch.cat([mixed, level], dim=2), condition

    def adapt(self, confidence: Scalar, images: int) -> None:
        pass
