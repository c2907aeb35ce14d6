"""Enlarges a film frame by frame with a Lanczos window."""

import cv2
import numpy as np
import torch

from kineograph.core.errors import at_least
from kineograph.core.video import Film


class Upscale:
    """Height and width times ``factor`` (whole, at least 1)."""

    def __init__(self, *, factor: int):
        at_least(1, postprocess__upscale__factor=factor)
        self.factor = factor

    def __call__(self, film: Film) -> Film:
        frames = [
            cv2.resize(frame, None, fx=self.factor, fy=self.factor, interpolation=cv2.INTER_LANCZOS4)
            for frame in film.frames.numpy()
        ]
        return film._replace(frames=torch.from_numpy(np.stack(frames)))
