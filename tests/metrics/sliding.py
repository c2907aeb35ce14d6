"""Films whose motion is known: a smooth texture seen through a window that moves."""

import torch
import torch.nn.functional as F


def texture(seed=0):
    noise = torch.randn(1, 3, 16, 16, generator=torch.Generator().manual_seed(seed))
    return F.interpolate(noise, size=(128, 128), mode="bicubic").clamp(-2, 2)[0] / 2


def slide(places, seed=0, size=64):
    """The window's left edge at each frame; the picture moves the other way. 1 t c h w."""
    sheet = texture(seed)
    return torch.stack([sheet[:, 32 : 32 + size, 32 + place : 32 + place + size] for place in places])[None]
