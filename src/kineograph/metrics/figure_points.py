"""Five points of a figure on plain ground, without weights: its middle and where it ends on each side.

The figure is what differs from the corners' colour, as in ``motion_law``.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.types import Video
from kineograph.metrics.levels import to_levels
from kineograph.metrics.motion_law import track

FAINT = 16.0  # levels: what differs less from the ground is ground


class FigurePoints:
    """Middle (weighted by how much it differs from the ground), left, right, top and bottom; nan on an empty frame.

    The ends stand at the middle's height and place. They say where a figure is and how large, not what its limbs do.
    """

    name = "figure_points"
    sha256 = "0" * 64  # it has no weights

    def __call__(self, video: Video) -> Float[Tensor, "b t 5 2"]:
        height, width = video.shape[-2:]
        levels = to_levels(video)
        corners = levels[:, :1, :, :: height - 1, :: width - 1].flatten(3).median(dim=3).values
        ink = (levels - corners[..., None, None]).abs().amax(dim=2) > FAINT  # b t h w
        columns, rows = ink.any(dim=2), ink.any(dim=3)
        left, top = (line.int().argmax(dim=2).to(video) for line in (columns, rows))
        right, bottom = (line.shape[2] - line.flip(2).int().argmax(dim=2).to(video) for line in (columns, rows))
        shares = track(video)[..., :2]
        side = min(height, width)
        x, y = (shares[..., 0] - 0.5) * side + width / 2, (shares[..., 1] - 0.5) * side + height / 2
        points = [(x, y), (left, y), (right, y), (x, top), (x, bottom)]
        found = torch.stack([torch.stack(point, dim=2) for point in points], dim=2)
        return found.masked_fill(~ink.flatten(2).any(dim=2)[..., None, None], torch.nan)
