"""Builds the condition that every task here gives: some frames of the clip, and what is told beside them."""

import torch
from jaxtyping import Bool
from torch import Tensor

from kineograph.core.types import Clip, Condition, PerClip, Video


def motion_of(video: Video, times: Tensor) -> PerClip:
    """Mean |frame difference| per second, in units of [-1, 1] pixels; 0 for a single frame."""
    if video.shape[1] < 2:
        return video.new_zeros(video.shape[0])
    change = (video[:, 1:] - video[:, :-1]).abs().mean(dim=(2, 3, 4))  # b t-1
    return (change / (times[:, 1:] - times[:, :-1]).clamp(min=1e-6)).mean(dim=1)


def tell(
    clip: Clip, known_frames: Bool[Tensor, "t"], tell_label: bool, tell_text: bool, tell_motion: bool
) -> Condition:
    """The condition in which these frames are known and everything else is told or withheld."""
    b, t, _, h, w = clip.video.shape
    mask = known_frames.to(clip.video)[None, :, None, None, None].expand(b, t, 1, h, w).contiguous()
    condition = Condition(
        known=clip.video * mask,
        mask=mask,
        times=clip.times,
        label=clip.label if tell_label else torch.full_like(clip.label, -1),
        text=clip.text,
        text_mask=clip.text_mask if tell_text else torch.zeros_like(clip.text_mask),
        motion=motion_of(clip.video, clip.times) if tell_motion else clip.times.new_full((b,), torch.nan),
    )
    return condition
