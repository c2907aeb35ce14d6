"""How a clip moves: how strongly is it held, shuffled, reversed, too fast, shaken?

A small network of the project's own, which learned it from clips whose causes are known (after Wei et al., "Learning
and using the arrow of time", CVPR 2018). ``experiments/motion_cues/train.py`` made the weights.
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


class MotionCues:
    """One row a clip: how strongly each of ``CUES`` shows, from 0 to 1. Sees motion alone; needs two frames or more.

    They are told in units of 1 / sqrt(12), so that the mean product of two rows, as a kernel takes it, is the sum of
    the products of what shows in both.
    """

    name = "motion_cues"
    feature_dim = len(CUES)

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

    def __call__(self, video: Video) -> Float[Tensor, "b cues"]:
        return self.frozen.recall(video, self.features)

    def features(self, video: Video) -> Float[Tensor, "b cues"]:
        with torch.inference_mode():
            answer = self.frozen(courses(video)).sigmoid() * len(CUES) ** 0.5
        return answer.clone()  # an ordinary tensor again
