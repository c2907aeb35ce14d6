"""Moving pixels along a flow field, and the known frame that each wanted frame starts from."""

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import Condition, Flow, Mask, Video

ROUNDING = 1e-5  # of a share of pixels


def warp(source: Video, flow: Flow) -> Video:
    """Backward warp: each pixel of the result is read at its own place plus ``flow`` in the source.

    ``flow`` is in units of the picture ((1, 0) reads one whole width to the right), so the same
    field serves any size. Outside the picture the border is repeated.
    """
    b, t, _, h, w = source.shape
    rows = (torch.arange(h, device=source.device, dtype=source.dtype) + 0.5) / h
    columns = (torch.arange(w, device=source.device, dtype=source.dtype) + 0.5) / w
    x = (columns[None, None, None] + flow[:, :, 0]) * 2 - 1  # b t h w
    y = (rows[None, None, :, None] + flow[:, :, 1]) * 2 - 1
    grid = rearrange(torch.stack([x, y], dim=-1), "b t h w two -> (b t) h w two")
    moved = F.grid_sample(
        rearrange(source, "b t c h w -> (b t) c h w"), grid, padding_mode="border", align_corners=False
    )
    return rearrange(moved, "(b t) c h w -> b t c h w", b=b, t=t)


def resize(video: Video, size: tuple[int, int]) -> Float[Tensor, "b t c _ _"]:
    """Every frame brought to (height, width): antialiased when it shrinks, bilinear when it grows."""
    if tuple(video.shape[-2:]) == tuple(size):
        return video
    b, t = video.shape[:2]
    frames = rearrange(video, "b t c h w -> (b t) c h w")
    shrinks = size[0] < frames.shape[-2] or size[1] < frames.shape[-1]
    wide = torch.promote_types(frames.dtype, torch.float32)  # on a CPU none narrower is antialiased
    frames = F.interpolate(frames.to(wide), size=size, mode="bilinear", align_corners=False, antialias=shrinks)
    return rearrange(frames.to(video), "(b t) c h w -> b t c h w", b=b, t=t)


def resize_mask(mask: Mask, size: tuple[int, int]) -> Float[Tensor, "b t 1 _ _"]:
    """The share of each cell that is given, exactly 1 where all of it is: antialiasing misses that by its rounding, and
    a loss weighted by what is not given would then reward errors there.
    """
    share = resize(mask, size)
    return torch.where(share > 1 - ROUNDING, 1.0, share)


def nearest_known(condition: Condition) -> Video:
    """For each wanted frame the known frame closest in time (the earlier one on a tie); zeros where none is."""
    given = condition.mask.amax(dim=(2, 3, 4)) > 0  # b t
    distance = (condition.times[:, :, None] - condition.times[:, None, :]).abs()  # b wanted known
    distance = distance.masked_fill(~given[:, None, :], torch.inf)
    index = distance.argmin(dim=2)  # b t; argmin takes the first of equals
    index = index[:, :, None, None, None].expand_as(condition.known)
    return condition.known.gather(1, index)


def shown(condition: Condition) -> Float[Tensor, "b t _ h w"]:
    """For each wanted frame the nearest known one, colours times the mask; one channel more tells the mask."""
    given = torch.cat([condition.known * condition.mask, condition.mask], dim=2)
    return nearest_known(condition._replace(known=given))


def keep_known(video: Video, condition: Condition) -> Video:
    """The film with the given pixels put back exactly."""
    return torch.where(condition.mask > 0, condition.known, video)
