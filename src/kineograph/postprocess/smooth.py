"""Averages a film along its motion, which calms grain and shimmer and leaves what moves as sharp as it was.

A temporal filter along optical flow (Dubois & Sabri 1984, "Noise reduction in image sequences using motion-compensated
temporal filtering") whose weights fall where the flow fails (Tomasi & Manduchi 1998, "Bilateral filtering for gray and
color images").
"""

import cv2
import numpy as np
import torch

from kineograph.core.errors import at_least
from kineograph.core.video import Film
from kineograph.postprocess.flow import flow, moved

REACH = 2  # in units of sigma: what is further away counts for nothing
PATCH = 3  # pixels a side, over which a difference is looked at: grain alone says little


class Smooth:
    """Each frame becomes a mean of the frames up to 2 ``sigma`` away, each moved there along the flow.

    Their weights are Gaussian in time, and in how far they differ from the frame in units of ``tolerance``: what was
    hidden, cut or lit anew is left alone.
    """

    def __init__(self, *, sigma: float, tolerance: float, preset: int):
        at_least(1e-3, postprocess__smooth__sigma=sigma, postprocess__smooth__tolerance=tolerance)
        self.sigma = sigma  # seconds
        self.tolerance = tolerance  # steps of 0 to 255; some times the grain
        self.preset = preset  # of DIS: 0 ultra fast, 1 fast, 2 medium

    def __call__(self, film: Film) -> Film:
        frames, times = film.frames.numpy(), film.times.numpy()
        made = [self._mean(frames, np.abs(times - time) / self.sigma, place) for place, time in enumerate(times)]
        return film._replace(frames=torch.from_numpy(np.stack(made)))

    def _mean(self, frames: np.ndarray, distance: np.ndarray, place: int) -> np.ndarray:
        """Of frame ``place`` with its neighbours; ``distance`` of every frame from it, in units of sigma."""
        own = frames[place]
        total, weights = own.astype(np.float32), np.ones((*own.shape[:2], 1), dtype=np.float32)
        for other in np.flatnonzero(distance <= REACH + 1e-6):  # times are rounded
            if other == place:
                continue
            there = moved(frames[other], flow(own, frames[other], self.preset)).astype(np.float32)
            apart = cv2.blur(np.abs(there - own).mean(axis=-1), (PATCH, PATCH))
            weight = np.exp(-0.5 * distance[other] ** 2 - (apart / self.tolerance) ** 2)[..., None]
            total, weights = total + weight * there, weights + weight
        return (total / weights).round().astype(np.uint8)
