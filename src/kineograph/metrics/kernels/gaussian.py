"""The Gaussian kernel, which sees every difference between two distributions and lets no odd row outweigh the others.

Gretton et al., "A kernel two-sample test", JMLR 2012, section 2.2; in distances between pictures: Jayasumana et al.,
"Rethinking FID" (CMMD), arXiv:2401.09603, section 4.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.errors import ConfigError


class Gaussian:
    """k(x, y) = exp(-|x - y|^2 / 2 w^2), the mean over parts of the row that each have a width of their own.

    So the squared discrepancy is the mean of the parts' own, each at most 2: no part drowns the others. Raises
    ConfigError where there is not one width a part, or the parts do not fill the row.
    """

    def __init__(self, *, sizes: Sequence[int], widths: Sequence[float]):
        if len(sizes) != len(widths):
            raise ConfigError(f"kernel.sizes has {len(sizes)} numbers, kernel.widths {len(widths)}: one width a part")
        self.sizes = list(sizes)  # features of each part, in their order
        self.widths = list(widths)  # how far apart two rows are unlike, in the part's own units

    def __call__(self, x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        if x.shape[1] != sum(self.sizes):
            raise ConfigError(f"kernel.sizes add up to {sum(self.sizes)}; the extractor gives {x.shape[1]}")
        table = x.new_zeros(len(x), len(y))
        for one, other, width in zip(x.split(self.sizes, 1), y.split(self.sizes, 1), self.widths, strict=True):
            table += torch.exp(torch.cdist(one, other).square() / (-2 * width**2))
        return table / len(self.sizes)
