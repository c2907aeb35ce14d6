"""How a clip moves: how much, when, and how strongly it is held, shuffled, reversed in part, shaken and so on.

A small network of the project's own, which learned from films whose damage is known (after Wei et al., "Learning and
using the arrow of time", CVPR 2018), and the course of the motion, which needs no learning.
``experiments/motion_cues/train.py`` made the weights.
"""

from importlib.resources import files
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor, nn

from kineograph.core.frozen import Frozen
from kineograph.core.types import Video
from kineograph.networks.pretrained.cue_reader import CUES, CueReader, courses
from kineograph.networks.pretrained.file_hash import file_hash

LAGS = (1, 2, 4)  # frames
AMOUNT, SLOPE = 0.65, 6.0  # both spread by half a unit over real emoji: as much as a strong cue


class MotionCues:
    """One row a clip: each of ``CUES`` from 0 to 1, then how much it moves, and how that changes from start to end.

    How much: the mean logarithm of the change over each of ``LAGS`` (0 where the clip is shorter). Sees motion alone,
    in grey, at 64 x 64 pixels; needs two frames or more.
    """

    name = "motion_cues"
    feature_dim = len(CUES) + len(LAGS) + 1

    def __init__(self):
        self.path = Path(str(files("kineograph"))) / "shipped" / "motion_cues.safetensors"
        self.frozen = Frozen(identity=(self.name, self.sha256), load=self.load)

    @property
    def sha256(self) -> str:
        return file_hash(self.path)

    def load(self) -> nn.Module:
        network = CueReader()
        network.load_state_dict(load_file(self.path))
        return network

    def __call__(self, video: Video) -> Float[Tensor, "b motion"]:
        return self.frozen.recall(video, self.features)

    def features(self, video: Video) -> Float[Tensor, "b motion"]:
        found = courses(video)
        with torch.inference_mode():
            cues = self.frozen(found).sigmoid()
        return torch.cat([cues.clone(), _course(found[:, -1])], dim=1)  # an ordinary tensor again


def _course(whole: Float[Tensor, "b courses t"]) -> Float[Tensor, "b course"]:
    """Of the whole picture: how much it changes over each lag, and how the change of a step grows over time."""
    steps = whole[:, 0, :-1]  # b t-1
    time = torch.linspace(-0.5, 0.5, steps.shape[1] + 2, device=whole.device, dtype=whole.dtype)[1:-1]
    amounts = [whole[:, lag - 1, :-lag].sum(dim=1) / max(1, whole.shape[2] - lag) for lag in LAGS]
    return torch.stack([*(AMOUNT * amount for amount in amounts), SLOPE * (steps * time).mean(dim=1)], dim=1)
