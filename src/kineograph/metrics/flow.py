"""Dense optical flow between neighbouring frames, without weights.

DIS, Kroeger et al., arXiv:1603.03590.
"""

import functools
from itertools import pairwise

import cv2
import numpy as np
import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import Video
from kineograph.metrics.levels import to_levels

SMALLEST = 64  # pixels: the flow's patches of 8 need some room, smaller films are enlarged for it

Steps = Float[Tensor, "b s 2 h w"]  # (x, y) in pixels of the film, from each frame to the next


@functools.cache
def dis() -> cv2.DISOpticalFlow:
    return cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)


def enlarged(film: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Frames big enough for the flow, in colour and in grey."""
    height, width = film.shape[1:3]
    scale = max(1.0, SMALLEST / min(height, width))
    size = round(width * scale), round(height * scale)
    frames = [cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR) for frame in film]
    return frames, [frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]


def films(video: Video) -> np.ndarray:
    """8-bit frames, channels last, on the CPU."""
    return rearrange(to_levels(video).byte().cpu(), "b t c h w -> b t h w c").numpy()


def flow(video: Video) -> Steps:
    """0 between equal frames; computed on the CPU, at the film's own size."""
    height, width = video.shape[-2:]
    if video.shape[1] < 2:
        return video.new_zeros(len(video), 0, 2, height, width)
    rows = []
    for film in films(video):
        _, grey = enlarged(film)
        steps = [
            np.zeros((*here.shape, 2), np.float32) if np.array_equal(here, there) else dis().calc(here, there, None)
            for here, there in pairwise(grey)
        ]
        shrunk = [cv2.resize(step, (width, height), interpolation=cv2.INTER_AREA) for step in steps]
        rows.append(np.stack(shrunk) * (width / grey[0].shape[1]))
    answer = rearrange(torch.from_numpy(np.stack(rows)), "b s h w two -> b s two h w")
    return answer.to(video.device, video.dtype)
