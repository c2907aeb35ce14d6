"""Optical flow between two frames of any size, and a frame moved along it (DIS: Kroeger et al. 2016,
arXiv:1603.03590)."""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

SMALLEST = 32  # pixels; DIS needs room for its patches


def flow(here: UInt8[np.ndarray, "h w c"], there: UInt8[np.ndarray, "h w c"], preset: int) -> np.ndarray:
    """there(x + flow(x)) looks like here(x), in pixels; ``preset`` of DIS: 0 ultra fast, 1 fast, 2 medium."""
    h, w = here.shape[:2]
    down, right = max(0, SMALLEST - h), max(0, SMALLEST - w)
    grey = [
        cv2.copyMakeBorder(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), 0, down, 0, right, cv2.BORDER_REPLICATE)
        for frame in (here, there)
    ]
    return cv2.DISOpticalFlow_create(preset).calc(*grey, None)[:h, :w]


def moved(frame: UInt8[np.ndarray, "h w c"], flow: Float32[np.ndarray, "h w 2"]) -> UInt8[np.ndarray, "h w c"]:
    """frame(x + flow(x)); its border goes on beyond its edges."""
    h, w = frame.shape[:2]
    rows, columns = np.indices((h, w), dtype=np.float32)
    return cv2.remap(
        frame, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
