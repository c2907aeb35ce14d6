"""Flips, turns, shifts, sizes and colours in front of the judges, each with one chance (Karras et al. 2020, "ADA",
arXiv 2006.06676, appendix B: blitting, geometry, colour), the same for all frames of a clip (arXiv 2112.14683).

Pictures are read bilinearly, without the paper's wavelet filter.
"""

import math

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Scalar, Video

SHIFT = 0.125  # of the picture: most in whole pixels, deviation in parts of one
SCALE = 0.2  # deviation of log2 of the size
BRIGHTNESS, CONTRAST, SATURATION = 0.2, 0.5, 1.0  # deviations; of log2 for the last two
EVENTS = 12  # numbers drawn, one for each thing that happens or not; the last is spare, others would change all draws

Numbers = Float[Tensor, "b"]
Matrices = Float[Tensor, "b _ _"]


class AugmentedView(nn.Module):
    """A view (protocols.View). The given picture is changed as the film is; borders are mirrored.

    ``chance`` says with which probability each change happens. Raises UserError for films of neither 1 nor 3 channels
    where ``colour`` is wanted.
    """

    def __init__(self, *, chance: nn.Module, blit: bool, geometry: bool, colour: bool):
        super().__init__()
        self.chance = chance
        self.blit = blit  # mirror, quarter turns, shifts
        self.geometry = geometry  # sizes, turns, finer shifts
        self.colour = colour

    def adapt(self, confidence: Scalar, images: int) -> None:
        self.chance.adapt(confidence, images)

    def draw(self, video: Video, noise: Noise, images_seen: int) -> Float[Tensor, "b 18"]:
        """Where each place of a clip's picture is read (2 x 3, in half heights), and its colours' matrix (3 x 4)."""
        if self.colour and video.shape[2] not in (1, 3):
            raise UserError(
                f"animator.view changes colours, but judges see {video.shape[2]} channels; "
                "set animator.view.colour=false, or animator/codec=identity"
            )
        probability = self.chance(images_seen).to(noise.device)
        happens = (noise.uniform(EVENTS) < probability).float()  # b e
        turned = (noise.uniform(2) < 1 - (1 - probability).sqrt()).float()  # two turns make one (appendix B)
        even, normal = noise.uniform(8), noise.normal(8)
        with torch.autocast(happens.device.type, enabled=False):  # bf16 misses by half a pixel
            place = self._blitted(happens, even, 2 / video.shape[3]) @ self._shaped(happens, turned, even, normal)
            colours = self._coloured(happens, even, normal)
        return torch.cat([place[:, :2].flatten(1), colours[:, :3].flatten(1)], dim=1).to(video)

    def forward(self, video: Video, condition: Condition, drawn: Tensor) -> tuple[Video, Condition]:
        place, colours = drawn[:, :6].unflatten(1, (2, 3)), drawn[:, 6:].unflatten(1, (3, 4))
        with torch.autocast(video.device.type, enabled=False):
            share = self._moved(condition.mask, place)
            mask = (share > 0.5).to(share)
            known = self._moved(condition.known * condition.mask, place) / share.clamp(min=0.5)
            seen = condition._replace(known=self._dyed(known, colours) * mask, mask=mask)
            return self._dyed(self._moved(video.to(place), place), colours), seen

    @staticmethod
    def _moved(video: Float[Tensor, "b t k h w"], place: Matrices) -> Float[Tensor, "b t k h w"]:
        b, t, k, h, w = video.shape
        aspect = torch.tensor([[1.0, h / w, h / w], [w / h, 1.0, 1.0]]).to(place)  # half heights to half widths
        grid = F.affine_grid(place * aspect, [b, t * k, h, w], align_corners=False)
        flat = rearrange(video, "b t k h w -> b (t k) h w")
        moved = F.grid_sample(flat, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
        return rearrange(moved, "b (t k) h w -> b t k h w", t=t)

    def _dyed(self, video: Video, colours: Matrices) -> Video:
        if not self.colour:
            return video
        grey = video.shape[2] == 1
        video = torch.einsum("boc,btchw->btohw", colours[:, :, :3], video.expand(-1, -1, 3, -1, -1) if grey else video)
        video = video + colours[:, None, :, 3, None, None]
        return video.mean(dim=2, keepdim=True) if grey else video

    def _blitted(self, happens: Tensor, even: Tensor, pixel: float) -> Matrices:
        if not self.blit:
            return identity(happens, 3)
        mirror = diagonal(1 - 2 * happens[:, 0] * (even[:, 0] < 0.5), torch.ones_like(even[:, 0]))
        quarter = turn(happens[:, 1] * (even[:, 1] * 4).floor() * math.pi / 2)
        moved = (even[:, 2:4] * 2 - 1) * 2 * SHIFT  # in half heights
        return mirror @ quarter @ shift(happens[:, 2, None] * (moved / pixel).round() * pixel)

    def _shaped(self, happens: Tensor, turned: Tensor, even: Tensor, normal: Tensor) -> Matrices:
        if not self.geometry:
            return identity(happens, 3)
        size = torch.exp2(happens[:, 3] * normal[:, 0] * SCALE)
        stretch = torch.exp2(happens[:, 4] * normal[:, 1] * SCALE)
        before, after = (turn(turned[:, i] * (even[:, 4 + i] * 2 - 1) * math.pi) for i in (0, 1))
        moved = shift(happens[:, 5, None] * normal[:, 2:4] * 2 * SHIFT)
        return diagonal(size, size) @ before @ diagonal(stretch, 1 / stretch) @ after @ moved

    def _coloured(self, happens: Tensor, even: Tensor, normal: Tensor) -> Matrices:
        whole = identity(happens, 4)
        if not self.colour:
            return whole
        grey = torch.ones(3, 3, device=happens.device) / 3  # onto the axis of greys
        cross = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]], device=happens.device) / math.sqrt(3)
        contrast = torch.exp2(happens[:, 6] * normal[:, 4] * CONTRAST)[:, None, None]
        flip = happens[:, 7, None, None] * (even[:, 6, None, None] < 0.5).float() * 2
        angle = (happens[:, 8] * (even[:, 7] * 2 - 1) * math.pi)[:, None, None]
        saturation = torch.exp2(happens[:, 9] * normal[:, 5] * SATURATION)[:, None, None]
        flat = torch.eye(3, device=happens.device) - grey
        hue = grey + angle.cos() * flat + angle.sin() * cross
        whole[:, :3, :3] = (
            (grey + saturation * flat) @ hue @ (torch.eye(3, device=happens.device) - flip * grey) * contrast
        )
        brightness = (happens[:, 10] * normal[:, 6] * BRIGHTNESS)[:, None, None].expand(-1, 3, 1)
        whole[:, :3, 3:] = whole[:, :3, :3] @ brightness  # which comes first
        return whole


def identity(like: Float[Tensor, "b _"], size: int) -> Matrices:
    return torch.eye(size, device=like.device).repeat(len(like), 1, 1)


def diagonal(x: Numbers, y: Numbers) -> Matrices:
    return torch.diag_embed(torch.stack([x, y, torch.ones_like(x)], dim=1))


def turn(angle: Numbers) -> Matrices:
    matrix = identity(angle[:, None], 3)
    matrix[:, 0, 0] = matrix[:, 1, 1] = angle.cos()
    matrix[:, 1, 0] = angle.sin()
    matrix[:, 0, 1] = -angle.sin()
    return matrix


def shift(by: Float[Tensor, "b 2"]) -> Matrices:
    matrix = identity(by, 3)
    matrix[:, :2, 2] = by
    return matrix
