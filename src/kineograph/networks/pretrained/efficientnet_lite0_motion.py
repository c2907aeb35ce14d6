"""How EfficientNet-Lite0's features change over a clip: a candidate for a clip distance that sees motion.

The network as in ``efficientnet_lite0``, at every frame; size and order of the changes, never the look itself.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.frozen import Frozen
from kineograph.core.types import Video
from kineograph.networks.pretrained.efficientnet_lite0 import EfficientNetLite0

EVERY = 10_000  # more frames than any clip has


class EfficientNetLite0Motion:
    """One row a clip: of each feature, the mean size of its first and second differences, and its two slowest cosines.

    The sizes do not know the order of time, the cosines change their sign with it.
    """

    name = "efficientnet_lite0_motion"
    feature_dim = 4 * EfficientNetLite0.feature_dim

    def __init__(self, *, size: int, batch_size: int):
        self.size = size
        self.batch_size = batch_size
        self.frames = EfficientNetLite0(
            size=size, num_frames=10_000, batch_size=batch_size
        )  # every frame but the first
        self.frozen = Frozen(identity=(self.name, self.sha256, size), load=torch.nn.Identity)

    @property
    def sha256(self) -> str:
        return self.frames.sha256

    def __call__(self, video: Video) -> Float[Tensor, "b d"]:
        return self.frozen.recall(video, lambda film: changes(self.frames.features(film)))


def changes(features: Float[Tensor, "b t d"]) -> Float[Tensor, "b d4"]:
    """The four parts; a course of one frame has none of them."""
    length = features.shape[1]
    places = (torch.arange(length, device=features.device) + 0.5) * math.pi / length
    waves = torch.stack([places.cos(), (2 * places).cos()]) / length
    steps = features.diff(dim=1)
    slow = torch.einsum("k t, b t d -> b k d", waves.to(features), features)
    parts = [steps.abs().mean(dim=1), steps.diff(dim=1).abs().mean(dim=1), slow[:, 0], slow[:, 1]]
    return torch.cat(parts, dim=1)
