"""Non-local means over neighbouring frames (Buades et al. 2008, "Nonlocal image and movie denoising", Sec. 4)."""

import cv2
import numpy as np
import torch

from kineograph.core.video import Film

PATCH, SEARCH = 7, 21  # pixels a side: what is compared, and how far alike patches are looked for


class Denoise:
    """Each pixel becomes a mean of those, in up to ``window`` frames around, whose surroundings look alike.

    ``strength`` is about the standard deviation of the noise in steps of 0 to 255; 0 changes nothing.
    """

    def __init__(self, *, strength: float, window: int):
        self.strength = strength
        self.window = window  # odd number of frames; fewer are looked at near the ends

    def __call__(self, film: Film) -> Film:
        if self.strength == 0:
            return film
        frames = list(film.frames.numpy())
        clean = []
        for place in range(len(frames)):
            reach = min(self.window // 2, place, len(frames) - 1 - place)
            clean.append(
                cv2.fastNlMeansDenoisingColoredMulti(
                    frames, place, 2 * reach + 1, None, self.strength, self.strength, PATCH, SEARCH
                )
            )
        return film._replace(frames=torch.from_numpy(np.stack(clean)))
