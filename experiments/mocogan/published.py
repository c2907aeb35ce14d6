"""MoCoGAN as its paper has it (Tulyakov et al. 2018, arXiv 1707.04993, sections 3 and 4.1), written from the paper: a
GRU over noise, DCGAN's picture generator with batch norm, a judge of one drawn frame and one of the clip, noise before
every layer of the judges.

It stands beside the project's own ``mocogan``, which has no batch statistics, sees pictures and is averaged.
"""

import torch
from torch import Tensor, nn

from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition, Generated, Judged, Video


class Generator(nn.Module):
    """Films of any length of size 2 ** (number of ``dims`` + 2); what is given or told is not looked at."""

    def __init__(self, *, channels: int, content_dim: int, motion_dim: int, noise_dim: int, dims: list[int]):
        super().__init__()
        self.content_dim = content_dim
        self.noise_dim = noise_dim
        self.walk = nn.GRU(noise_dim, motion_dim, batch_first=True)
        layers: list[nn.Module] = []
        for place, (before, after) in enumerate(zip([content_dim + motion_dim, *dims], dims)):
            stride, padding = (1, 0) if place == 0 else (2, 1)
            layers += [nn.ConvTranspose2d(before, after, 4, stride, padding, bias=False)]
            layers += [nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
        self.draw = nn.Sequential(*layers, nn.ConvTranspose2d(dims[-1], channels, 4, 2, 1, bias=False), nn.Tanh())

    def sample_latent(self, condition: Condition, noise: Noise) -> Codes:
        return Codes(noise.normal(self.content_dim), noise.normal(condition.num_frames, self.noise_dim))

    def forward(self, condition: Condition, latent: Codes) -> Generated:
        motion, _ = self.walk(latent.motion)  # b t m
        content = latent.content[:, None].expand(-1, motion.shape[1], -1)
        codes = torch.cat([content, motion], dim=2)
        frames = self.draw(codes.flatten(0, 1)[:, :, None, None])  # (b t) c h w
        return Generated(frames.unflatten(0, codes.shape[:2]), {})


class Grain(nn.Module):
    """Adds normal noise of this size in training."""

    def __init__(self, size: float):
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        return x + self.size * torch.randn_like(x) if self.training else x


class FrameJudge(nn.Module):
    """Scores of patches of one frame, drawn for each film."""

    def __init__(self, *, channels: int, dims: list[int], noise: float):
        super().__init__()
        layers: list[nn.Module] = []
        for place, (before, after) in enumerate(zip([channels, *dims], dims)):
            layers += [Grain(noise), nn.Conv2d(before, after, 4, 2, 1, bias=False)]
            layers += [nn.BatchNorm2d(after)] if place > 0 else []
            layers += [nn.LeakyReLU(0.2, inplace=True)]
        self.judge = nn.Sequential(*layers, Grain(noise), nn.Conv2d(dims[-1], 1, 4, 1, 1, bias=False))

    def forward(self, video: Video, condition: Condition) -> Judged:
        which = torch.randint(video.shape[1], (len(video),), device=video.device)
        return Judged(self.judge(video[torch.arange(len(video), device=video.device), which])[:, 0], [])


class ClipJudge(nn.Module):
    """Scores of patches in space and time; time is padded by one, since films are half as long as the paper's."""

    def __init__(self, *, channels: int, dims: list[int], noise: float):
        super().__init__()
        layers: list[nn.Module] = []
        for place, (before, after) in enumerate(zip([channels, *dims], dims)):
            layers += [Grain(noise), nn.Conv3d(before, after, 4, (1, 2, 2), 1, bias=False)]
            layers += [nn.BatchNorm3d(after)] if place > 0 else []
            layers += [nn.LeakyReLU(0.2, inplace=True)]
        self.judge = nn.Sequential(*layers, nn.Conv3d(dims[-1], 1, 4, (1, 2, 2), 1, bias=False))

    def forward(self, video: Video, condition: Condition) -> Judged:
        return Judged(self.judge(video.transpose(1, 2))[:, 0], [])
