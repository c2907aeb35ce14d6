"""A perceptual distance of frames on SqueezeNet 1.1, as LPIPS is made but without its learned weights.

Zhang et al., arXiv:1801.03924, equation 1 with w = 1 ("baseline"); called pdist_squeeze11, never LPIPS.
"""

from jaxtyping import Float
from torch import Tensor, nn

from kineograph.networks.pretrained.file_hash import file_hash
from kineograph.networks.pretrained.frame_extractor import Pictures
from kineograph.networks.pretrained.perceptual_distance import PerceptualDistance
from kineograph.networks.pretrained.squeeze11 import as_caffe, squeezenet, weight_file
from kineograph.networks.pretrained.unit_rows import UnitRows

TAPS = (1, 4, 7, 9, 10, 11, 12)  # the places that LPIPS reads: conv1, fire3, fire5, fire6 to fire9


class Squeeze11Distance(PerceptualDistance):
    """About 1.2 for two unrelated pictures; frames are resized to ``size`` x ``size``."""

    name = "pdist_squeeze11"

    def __init__(self, *, size: int, batch_size: int):
        self.size = size
        self.path = weight_file()
        super().__init__(batch_size, size)

    @property
    def sha256(self) -> str:
        return file_hash(self.path)

    def load(self) -> nn.Module:
        return UnitRows(squeezenet(self.path), TAPS, None)

    def prepare(self, pictures: Pictures) -> Float[Tensor, "n 3 h2 w2"]:
        return as_caffe(pictures, self.size)
