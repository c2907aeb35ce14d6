"""Any denoiser, told a caption: its pooled words become channels beside the picture given (pooled text as in "Imagen",
Saharia et al. 2022, arXiv:2205.11487, Sec. 2.3)."""

import torch
import torch.nn.functional as F
from torch import nn

from kineograph.core.types import Condition, Level, Video


class WithText(nn.Module):
    """``network`` sees ``text_channels`` more known channels than the picture has; each is one number a clip.

    A caption is the mean of its words after a layer; one that is not told is a learned vector of its own.
    """

    def __init__(self, *, network: nn.Module, text_dim: int, dim: int, text_channels: int):
        super().__init__()
        self.network = network
        self.read = nn.Linear(text_dim, dim)
        self.untold = nn.Parameter(torch.zeros(dim))
        self.leave = nn.Linear(dim, text_channels)

    def forward(self, noisy: Video, level: Level, condition: Condition) -> Video:
        mask = condition.text_mask[..., None].to(noisy)  # b n 1
        words = F.silu(self.read(condition.text.to(noisy))) * mask
        caption = words.sum(dim=1) / mask.sum(dim=1).clamp_min(1)  # b d
        told = condition.text_mask.any(dim=1, keepdim=True)
        caption = self.leave(torch.where(told, caption, self.untold))[:, None, :, None, None]  # b 1 k 1 1
        b, t, _, h, w = condition.known.shape
        known = torch.cat([condition.known, caption.expand(b, t, -1, h, w)], dim=2)
        return self.network(noisy, level, condition._replace(known=known))
