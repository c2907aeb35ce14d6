"""Warping error: how badly the next frame, carried back along the optical flow, explains this one.

Lai et al., "Learning blind video temporal consistency", arXiv:1808.00449, section 4.1 (absolute values here);
occlusions by forward-backward agreement, Sundaram et al. 2010, equation 5; flow: DIS, Kroeger et al., arXiv:1603.03590.
"""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import torch
from jaxtyping import Float32, UInt8

from kineograph.core.types import PerClip, Sample, Video
from kineograph.metrics.clip_mean import ClipMean
from kineograph.metrics.flow import dis, enlarged, films

Frame = UInt8[np.ndarray, "h w *rgb"]
Flow = Callable[[Frame, Frame], Float32[np.ndarray, "h w 2"]]  # x, y in pixels, from the first frame to the second


class WarpingError(ClipMean):
    """Mean |frame - next frame carried back| in 8-bit levels where the flow is sure, on the generated film itself.

    A still film scores 0, so read it beside the motion distance. nan below two frames.
    """

    higher_is_better = None

    def __init__(self, *, num_resamples: int, seed: int):
        super().__init__(num_resamples, seed)

    def per_clip(self, sample: Sample) -> PerClip:
        return warping_error(sample.fake)


def by_dis(here: Frame, there: Frame) -> Float32[np.ndarray, "h w 2"]:
    """The flow that needs no weights."""
    here, there = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) if frame.ndim == 3 else frame for frame in (here, there))
    return dis().calc(here, there, None)


def warping_error(video: Video, flow: Flow = by_dis) -> PerClip:
    """One number a clip; the frames are compared on the CPU."""
    return torch.tensor([_error(film, flow) for film in films(video)], dtype=video.dtype, device=video.device)


def _error(film: np.ndarray, flow: Flow) -> float:
    frames, _ = enlarged(film)
    height, width = frames[0].shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    errors = []
    for now, later in pairwise(frames):
        if np.array_equal(now, later):
            errors.append(0.0)
            continue
        forward, backward = flow(now, later), flow(later, now)
        to_x, to_y = x + forward[..., 0], y + forward[..., 1]
        carried = cv2.remap(later, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        returned = cv2.remap(backward, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        disagreement = np.square(forward + returned).sum(axis=-1)
        length = np.square(forward).sum(axis=-1) + np.square(returned).sum(axis=-1)
        inside = (to_x >= 0) & (to_x <= width - 1) & (to_y >= 0) & (to_y <= height - 1)
        sure = (disagreement <= 0.01 * length + 0.5) & inside
        error = np.abs(now.astype(np.float32) - carried.astype(np.float32)).reshape(*sure.shape, -1).mean(axis=-1)
        if sure.any():
            errors.append(float(error[sure].mean()))
    return float(np.mean(errors)) if errors else float("nan")
