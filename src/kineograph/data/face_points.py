"""Six points of a film's face, for the keypoint distance: eyes, nose, mouth and ears, by BlazeFace.

Bazarevsky et al. 2019, arXiv:1907.05047.
"""

import functools
import hashlib

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import Video
from kineograph.core.video import to_uint8
from kineograph.data.face_detector import FaceDetector

NUM_POINTS = 6


class FacePoints:
    """Right eye, left eye, nose, mouth, right ear, left ear of the largest face, in pixels; nan where there is none.

    Choose it by metrics.keypoint_distance.detector._target_=kineograph.data.face_points.FacePoints; the network is
    fetched when the metric is made. Raises UserError as the face detector does.
    """

    name = "face_points"

    def __init__(self):
        self.detector = FaceDetector()

    @functools.cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.detector.path.read_bytes()).hexdigest()

    def __call__(self, video: Video) -> Float[Tensor, "b t 6 2"]:
        size = torch.tensor([video.shape[4], video.shape[3]])
        rows = [[self._points(frame) for frame in to_uint8(film).numpy()] for film in video]
        return (torch.tensor(np.array(rows)) * size).to(video)

    def _points(self, frame: np.ndarray) -> np.ndarray:
        face = self.detector.look(frame)
        return np.full((NUM_POINTS, 2), np.nan) if face is None else face[4:].reshape(NUM_POINTS, 2)

    def __deepcopy__(self, memo: dict) -> "FacePoints":
        return self  # the network cannot be copied, and need not
