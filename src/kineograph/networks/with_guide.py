"""Any denoiser, shown a film to refine: the guide, brought to the film's size, as channels beside the picture given
(Ho et al. 2021, arXiv:2106.15282, Sec. 3; Saharia et al. 2021, arXiv:2104.07636, Sec. 2.3)."""

import torch
from torch import nn

from kineograph.core.errors import UserError
from kineograph.core.types import Condition, Level, Video
from kineograph.core.warp import resize


class WithGuide(nn.Module):
    """``network`` sees as many known channels more as the guide has. Raises UserError where the condition has none."""

    def __init__(self, *, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, noisy: Video, level: Level, condition: Condition) -> Video:
        guide = condition.guide
        if guide is None or guide.shape[1] != condition.num_frames:
            raise UserError(
                "denoiser=with_guide refines a film of as many frames: task=low_resolution or procedure=cascade"
            )
        known = torch.cat([condition.known, resize(guide, condition.size).to(condition.known)], dim=2)
        return self.network(noisy, level, condition._replace(known=known))
