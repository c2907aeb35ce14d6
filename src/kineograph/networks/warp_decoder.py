"""From motion latents and a picture to a film: flow, gate and paint; the quickstarts share it.

Ni et al. 2023, "Latent Flow Diffusion Models", section 3.1 (warp the source, fill what it cannot know);
Siarohin et al. 2019, "First Order Motion Model", eq. 4 (occlusion). High frequencies of a large source are
carried past the small working size as in a Laplacian pyramid (Burt and Adelson 1983).
"""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.types import Condition, Flow, Generated, Mask, Video
from kineograph.core.warp import nearest_known, resize, warp
from kineograph.networks.blocks.residual import Residual

GATE_SHUT = 1.0  # the gate is rather shut at birth
FLOW_UNIT = 0.1  # a head's output of 1 moves by a tenth of the picture


class WarpDecoder(nn.Module):
    """Latents (b t k h' w') and condition -> film of the condition's own size.

    Motion is computed at ``height`` x ``width`` (the latents' grid is a quarter of it). Extras: ``flow`` (picture
    units) and ``gate`` (0 = warped, 1 = painted), both at the working size.
    """

    def __init__(self, *, channels: int, latent_channels: int, height: int, width: int, dim: int):
        super().__init__()
        self.size = (height, width)
        self.stem = nn.Conv2d(channels + 1, dim, 3, padding=1)
        self.down_half = nn.Conv2d(dim, 2 * dim, 3, stride=2, padding=1)
        self.down_quarter = nn.Conv2d(2 * dim, 4 * dim, 3, stride=2, padding=1)
        self.motion = nn.Conv2d(latent_channels, 4 * dim, 3, padding=1)
        self.at_quarter = nn.Sequential(Residual(dim=4 * dim), Residual(dim=4 * dim))
        self.up_half = nn.Conv2d(4 * dim, 2 * dim, 1)
        self.at_half = Residual(dim=2 * dim)
        self.up_full = nn.Conv2d(2 * dim, dim, 1)
        self.at_full = Residual(dim=dim)
        self.head = nn.Conv2d(dim, 3 + channels, 3, padding=1)
        nn.init.normal_(self.head.weight, std=2e-2)
        nn.init.zeros_(self.head.bias)

    def forward(self, latents: Video, condition: Condition) -> Generated:
        t = latents.shape[1]
        source = nearest_known(condition)  # b t c H W
        small = resize(source, self.size)  # b t c h w
        pictures = self._pictures(condition)
        full, half, quarter = (self._each_frame(level, condition) for level in pictures)

        x = self.at_quarter(self.motion(rearrange(latents, "b t k h w -> (b t) k h w")) + quarter)
        x = self.at_half(F.interpolate(self.up_half(x), scale_factor=2.0, mode="bilinear") + half)
        x = self.at_full(F.interpolate(self.up_full(x), scale_factor=2.0, mode="bilinear") + full)
        x = self.head(F.silu(x)).to(small)  # also under autocast: flows are shares of a pixel
        x = rearrange(x, "(b t) c h w -> b t c h w", t=t)
        flow = x[:, :, :2] * FLOW_UNIT
        gate = torch.sigmoid(x[:, :, 2:3] - GATE_SHUT)
        paint = small + x[:, :, 3:]  # so that the film is the picture at birth

        video = torch.lerp(warp(small, flow), paint, gate).clamp(-1.0, 1.0)
        if condition.size != self.size:
            video = self._large(video, source, flow, gate)
        return Generated(video, {"flow": flow, "gate": gate})

    def _pictures(self, condition: Condition) -> list[Video]:
        """Features of the known frames alone, at full, half and quarter working size; zero where none is known."""
        given = condition.mask.amax(dim=(0, 2, 3, 4)).nonzero()[:, 0]  # frames known in any clip of the batch
        if len(given) == 0:
            given = given.new_zeros(1)
        x = torch.cat([condition.known[:, given], condition.mask[:, given]], dim=2)
        x = rearrange(resize(x, self.size), "b n c h w -> (b n) c h w")
        full = self.stem(x)
        half = self.down_half(F.silu(full))
        quarter = self.down_quarter(F.silu(half))
        b, t = condition.mask.shape[:2]
        levels = []
        for level in (full, half, quarter):
            level = rearrange(level, "(b n) d h w -> b n d h w", b=b)
            levels.append(level.new_zeros(b, t, *level.shape[2:]).index_copy(1, given, level))
        return levels

    @staticmethod
    def _each_frame(level: Video, condition: Condition) -> Tensor:
        """The features of the known frame nearest to each frame; zero where the clip has none."""
        some = (condition.mask.amax(dim=(1, 2, 3, 4)) > 0).to(level)[:, None, None, None, None]  # b 1 1 1 1
        chosen = nearest_known(condition._replace(known=level)) * some  # else frame 0's, known in another clip or not
        return rearrange(chosen, "b t d h w -> (b t) d h w").contiguous(memory_format=torch.channels_last)

    def _large(
        self, video: Video, source: Float[Tensor, "b t c H W"], flow: Flow, gate: Mask
    ) -> Float[Tensor, "b t c H W"]:
        """The small film at the source's size, with the warped source's fine detail where it was not painted over."""
        size = (source.shape[-2], source.shape[-1])
        warped = warp(source, resize(flow, size))
        detail = warped - resize(resize(warped, self.size), size)
        gate = resize(gate, size)
        return (resize(video, size) + (1 - gate * gate * (3 - 2 * gate)) * detail).clamp(-1.0, 1.0)
