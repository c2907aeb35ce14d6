"""Networks of a few parameters that keep the contracts, so that the animators are tested alone."""

from functools import partial
from typing import NamedTuple

import torch
from pytorch_lightning import LightningDataModule
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.utils.data import DataLoader

from kineograph.animators.anneal import Anneal
from kineograph.animators.diffusion import DiffusionAnimator
from kineograph.animators.gan import GanAnimator
from kineograph.animators.regression import RegressionAnimator
from kineograph.animators.schedule import Schedule
from kineograph.animators.stage import Stage
from kineograph.core.random import Noise
from kineograph.core.types import KEYS_PER_GROUP, Clip, Condition, Generated, Judged, Penalty, Turn, Video, Weighted
from kineograph.losses.penalties.r1 import R1
from kineograph.losses.penalties.r1_finite import R1Finite


class Codes(NamedTuple):
    content: Tensor


class SmallGenerator(nn.Module):
    """Every frame is a 1x1 convolution of the first frame plus a line in the latent."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(3, 3, 1)
        self.shift = nn.Linear(2, 3)

    def sample_latent(self, condition: Condition, noise: Noise) -> Codes:
        return Codes(noise.normal(2))

    def forward(self, condition: Condition, latent: Codes) -> Generated:
        first = self.mix(condition.known[:, 0])[:, None].expand_as(condition.known)  # b t c h w
        shift = self.shift(latent.content)[:, None, :, None, None] * condition.times[:, :, None, None, None]
        return Generated(first + shift, {})


class SmallJudge(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.see = nn.Conv2d(3, 4, 3, padding=1)
        self.score = nn.Linear(4, 1)

    def forward(self, video: Video, condition: Condition) -> Judged:
        features = torch.tanh(self.see(video.flatten(0, 1)))  # (b t) 4 h w
        scores = self.score(features.mean((2, 3))).unflatten(0, video.shape[:2])[..., 0]  # b t
        return Judged(scores, [features])


class SmallDenoiser(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(6, 3, 3, padding=1)

    def forward(self, noisy: Video, level: Tensor, condition: Condition) -> Video:
        seen = torch.cat([noisy, condition.known[:, :1].expand_as(noisy)], dim=2)
        return self.mix(seen.flatten(0, 1)).unflatten(0, noisy.shape[:2])


class PixelCodec(nn.Module):
    """Pixels times a learned gain: the smallest codec with something to learn."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(0.5))

    def latent_shape(self, condition: Condition) -> tuple[int, int, int, int]:
        _, t, c, h, w = condition.known.shape
        return t, c, h, w

    def encode(self, video: Video, condition: Condition) -> Video:
        return video

    def decode(self, latents: Video, condition: Condition) -> Video:
        return latents * self.gain

    def encode_condition(self, condition: Condition) -> Condition:
        return condition

    def project(self, latents: Video, condition: Condition) -> Video:
        return torch.where(condition.mask > 0, condition.known, latents)

    def reconstruct(self, video: Video, condition: Condition, noise: Noise) -> Generated:
        return Generated(video * self.gain, {})


class Straight:
    """Rectified flow at its plainest: noisy = (1 - level) clean + level noise, velocity predicted."""

    def sample_level(self, noise: Noise, num_frames: int) -> Tensor:
        return noise.uniform()

    def corrupt(self, clean: Video, noise: Video, level: Tensor) -> Video:
        level = level[:, None, None, None, None]
        return (1 - level) * clean + level * noise

    def denoise(self, denoiser: nn.Module, noisy: Video, level: Tensor, condition: Condition) -> Video:
        return noisy - level[:, None, None, None, None] * denoiser(noisy, level, condition)

    def shown_level(self, level: Tensor, condition: Condition) -> Tensor:
        return level

    def weight(self, level: Tensor) -> Tensor:
        return 1 / (level.square() + 1e-2)

    def alpha(self, level: Tensor) -> Tensor:
        return 1 - level

    def sigma(self, level: Tensor) -> Tensor:
        return level

    def velocity(self, noisy: Video, clean: Video, level: Tensor) -> Video:
        return (noisy - clean) / level[:, None, None, None, None]

    def levels(self, num_steps: int) -> Tensor:
        return torch.linspace(1, 0, num_steps + 1, dtype=torch.float64)


def two_steps(process: object, denoise: object, start: Video, noise: Noise) -> Video:
    level = torch.ones(start.shape[0])
    half = 0.5 * start + 0.5 * denoise(start, level)  # type: ignore[operator]
    return denoise(half, 0.5 * level)  # type: ignore[operator]


class Bare(nn.Module):
    """Judges see films as they are; how sure they were is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("sure", torch.zeros(()))

    def draw(self, video: Video, noise: Noise, images_seen: int) -> Tensor:
        return noise.uniform(1)

    def forward(self, video: Video, condition: Condition, drawn: Tensor) -> tuple[Video, Condition]:
        return video, condition

    def adapt(self, confidence: Tensor, images: int) -> None:
        self.sure += confidence * images


class Hinge:
    def generator(self, turn: Turn) -> Tensor:
        assert turn.judged_fake is not None
        return -turn.judged_fake.scores.mean()

    def discriminator(self, turn: Turn) -> Tensor:
        assert turn.judged_fake is not None and turn.judged_real is not None
        return torch.relu(1 + turn.judged_fake.scores).mean() + torch.relu(1 - turn.judged_real.scores).mean()


def distance(turn: Turn) -> Tensor:
    return (turn.real - turn.fake).abs().mean()


ADAM = partial(torch.optim.Adam, lr=1e-2, betas=(0.5, 0.9))
CONSTANT = Schedule(start_images=0, warmup_images=8, end_images=64, final=0.5)
LOSSES = {"l1": Weighted(distance, 2.0)}


def stage(images: int, losses: dict[str, Weighted] = LOSSES) -> Stage:
    """A codec that learns its gain, and how."""
    return Stage(
        network=PixelCodec(),
        losses=losses,
        optimizer=ADAM,
        schedule=CONSTANT,
        images=images,
        grad_clip=1.0,
        num_frames=None,
        weights=None,
        kept=None,
    )


def gan(**changes: object) -> GanAnimator:
    torch.manual_seed(0)
    roles = {
        "generator": SmallGenerator(),
        "discriminators": {"frame": Weighted(SmallJudge(), 0.5), "clip": Weighted(SmallJudge(), 1.0)},
        "adversarial": Hinge(),
        "penalties": {},
        "penalty_interval": 1,
        "penalty_anneal": Anneal(first=1.0, last=0.5, start_images=0, end_images=32),
        "beta2": None,
        "view": Bare(),
        "condition_dropout": 0.0,
        "num_frames": None,
        "num_answers": 1,
        "losses": LOSSES,
        "codec": stage(images=0),
        "optimizer": ADAM,
        "discriminator_optimizer": ADAM,
        "schedule": CONSTANT,
        "seed": 3,
        "ema_halflife": 16,
        "grad_clip": 1.0,
        "accumulate": 1,
        "compile": False,
    }
    return GanAnimator(**{**roles, **changes})  # type: ignore[arg-type]


def normalised_gan() -> GanAnimator:
    """Its judge is divided by an estimate of its norm, which every turn moves."""
    torch.manual_seed(0)
    judge = SmallJudge()
    spectral_norm(judge.see)
    penalties = {"r1": Penalty(R1(), 1.0, None), "r1_finite": Penalty(R1Finite(sigma=0.01), 1.0, None)}
    return gan(penalties=penalties, discriminators={"frame": Weighted(judge, 1.0)})


def diffusion(**changes: object) -> DiffusionAnimator:
    torch.manual_seed(0)
    roles = {
        "denoiser": SmallDenoiser(),
        "process": Straight(),
        "sampler": two_steps,
        "guidance": lambda denoise: denoise,
        "rollout": lambda window, condition, noise: window(condition, noise),
        "codec": stage(images=8),
        "uncertainty": None,
        "condition_dropout": 0.1,
        "condition_noise": 0.0,
        "optimizer": ADAM,
        "schedule": CONSTANT,
        "seed": 3,
        "ema_halflife": 16,
        "grad_clip": 1.0,
        "accumulate": 1,
        "compile": False,
    }
    return DiffusionAnimator(**{**roles, **changes})  # type: ignore[arg-type]


def regression(**changes: object) -> RegressionAnimator:
    torch.manual_seed(0)
    roles = {
        "generator": SmallGenerator(),
        "losses": LOSSES,
        "codec": stage(images=0),
        "optimizer": ADAM,
        "schedule": CONSTANT,
        "seed": 3,
        "ema_halflife": 16,
        "grad_clip": None,
        "accumulate": 1,
        "compile": False,
    }
    return RegressionAnimator(**{**roles, **changes})  # type: ignore[arg-type]


def batch(first: int, size: int, num_frames: int = 3, side: int = 6) -> tuple[Clip, Condition]:
    """The clips at these positions of an endless sequence, and the task of animating their first frames."""
    noise = Noise.at(11, first, size)
    video = noise.normal(num_frames, 3, side, side).clamp(-1, 1)
    times = (torch.arange(num_frames) / 12).repeat(size, 1)
    mask = torch.zeros(size, num_frames, 1, side, side)
    mask[:, 0] = 1
    label = torch.arange(first, first + size) % 3
    text, text_mask = torch.zeros(size, 1, 2), torch.zeros(size, 1, dtype=torch.bool)
    key = (torch.arange(first, first + size)) * KEYS_PER_GROUP
    clip = Clip(video, times, label, text, text_mask, torch.full((size, 1), torch.nan), key)
    condition = Condition(video * mask, mask, times, label, text, text_mask, torch.full((size,), torch.nan))
    return clip, condition


class Data(LightningDataModule):
    """These batches, as callbacks know data."""

    def __init__(self, batches: list[tuple[Clip, Condition]]):
        super().__init__()
        self.batches = batches
        self.start_position = 0
        self.stop_position = 10**6
        self.epoch_images = 12

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.batches, batch_size=None, collate_fn=tuple)  # type: ignore[arg-type]
