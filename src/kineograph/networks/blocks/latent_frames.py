"""Which frames of a film each frame of its latents stands for, where a codec also shortens time.

The first latent frame is the first frame; every further one stands for ``stride`` frames (Yu et al. 2023, "MAGVIT-v2",
arXiv:2310.05737, section 3.2), the last of which may be repeated to fill it.
"""

from collections.abc import Callable

import torch
from einops import reduce
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import Condition, Mask, Video
from kineograph.core.warp import nearest_known, resize_mask


def num_latent_frames(num_frames: int, stride: int) -> int:
    """1 + as many groups of ``stride`` frames as hold the others."""
    return 1 - (1 - num_frames) // stride


def filled(frames: Float[Tensor, "b t *rest"], stride: int) -> Float[Tensor, "b _ *rest"]:
    """The last frame repeated until every latent frame has all of its frames."""
    wanting = 1 + stride * (num_latent_frames(frames.shape[1], stride) - 1) - frames.shape[1]
    return torch.cat([frames, frames[:, -1:].expand(-1, wanting, *frames.shape[2:])], dim=1) if wanting else frames


def grouped(mask: Mask, stride: int) -> Float[Tensor, "b _ 1 h w"]:
    """1 where all frames that a latent frame stands for are given."""
    mask = filled(mask, stride)
    return torch.cat([mask[:, :1], reduce(mask[:, 1:], "b (t s) c h w -> b t c h w", "min", s=stride)], dim=1)


def encode_alone(
    condition: Condition, encode: Callable[[Video], Float[Tensor, "b _ k y x"]]
) -> Float[Tensor, "b t k y x"]:
    """Latents of the frames that are given in any clip of the batch, zeros elsewhere: no other need be coded."""
    given = condition.mask.amax(dim=(0, 2, 3, 4)).nonzero()[:, 0]
    given = given if len(given) else given.new_zeros(1)
    latents = encode(condition.known[:, given])
    return latents.new_zeros(*condition.mask.shape[:2], *latents.shape[2:]).index_copy(1, given, latents)


def told(
    condition: Condition,
    encode: Callable[[Video], Float[Tensor, "b _ k y x"]],
    stride: int,
    alone: bool,  # each frame is coded by itself
) -> Condition:
    """The condition on the latents' grid: latents where they are given, the mask averaged over each cell."""
    latents = encode_alone(condition, encode) if alone else encode(nearest_known(condition))
    mask = resize_mask(grouped(condition.mask, stride), (latents.shape[-2], latents.shape[-1]))
    times = filled(condition.times, stride)[:, ::stride]  # of the last frame that each stands for
    return condition._replace(known=latents * (mask > 0), mask=mask, times=times)
