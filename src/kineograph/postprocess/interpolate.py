"""Doubles the frame rate: a frame between every two, moved there along optical flow (DIS: Kroeger et al. 2016,
arXiv:1603.03590)."""

from itertools import pairwise

import cv2
import numpy as np
import torch
from jaxtyping import UInt8

from kineograph.core.video import Film
from kineograph.postprocess.flow import flow, moved


class Interpolate:
    """t frames become 2 t - 1 at twice the rate; the given frames stay as they are."""

    def __init__(self, *, preset: int):
        self.preset = preset  # of DIS: 0 ultra fast, 1 fast, 2 medium

    def __call__(self, film: Film) -> Film:
        frames = film.frames.numpy()
        between = [self._middle(before, after) for before, after in pairwise(frames)]
        made = np.empty((2 * len(frames) - 1, *frames.shape[1:]), dtype=np.uint8)
        made[0::2] = frames
        if between:
            made[1::2] = np.stack(between)
        times = torch.empty(len(made), dtype=film.times.dtype)
        times[0::2] = film.times
        times[1::2] = (film.times[:-1] + film.times[1:]) / 2
        return Film(torch.from_numpy(made), times, film.fps * 2)

    def _middle(self, before: UInt8[np.ndarray, "h w c"], after: UInt8[np.ndarray, "h w c"]) -> np.ndarray:
        """Both neighbours come half the way to the middle and are averaged there."""
        forth, back = flow(before, after, self.preset), flow(after, before, self.preset)
        return cv2.addWeighted(moved(before, back / 2), 0.5, moved(after, forth / 2), 0.5, 0)
