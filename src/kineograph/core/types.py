"""The shared language: what the data give, what an animator is told, and what it answers.

Axes are always ``b t c h w``; pixels are floats in [-1, 1]; time is in seconds.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

Video = Float[Tensor, "b t c h w"]
Frames = UInt8[Tensor, "t h w c"]  # one film at the edge of the program: uint8, channels last
Mask = Float[Tensor, "b t 1 h w"]
Times = Float[Tensor, "b t"]
Label = Int[Tensor, "b"]
Text = Float[Tensor, "b n d"]
TextMask = Bool[Tensor, "b n"]
Factors = Float[Tensor, "b f"]
Key = Int[Tensor, "b"]
PerClip = Float[Tensor, "b"]
Level = Float[Tensor, "b t"] | Float[Tensor, "b"]  # noise level a frame; (b,) only as a broadcast
Scalar = Float[Tensor, ""]
Flow = Float[Tensor, "b t 2 h w"]  # in units of the picture: (1, 0) moves by one whole width

KEYS_PER_GROUP = 1_000_000


class Clip(NamedTuple):
    """What the data give; only Clips are collated."""

    video: Video
    times: Times  # seconds since the clip's first frame
    label: Label  # -1 where there is none
    text: Text  # the encoded caption; zeros where there is none
    text_mask: TextMask  # True where a token stands
    factors: Factors  # known causes (shape, motion law, ...); nan where unknown
    key: Key  # the sample's id: group * KEYS_PER_GROUP + its place in the group

    @property
    def group(self) -> Key:
        """What may not be split between training and held-out clips (an emoji in all its variants)."""
        return self.key // KEYS_PER_GROUP


class Condition(NamedTuple):
    """What the animator is told; it always carries batch, number of frames, size and device."""

    known: Video  # zero where not given
    mask: Mask  # 1 where given
    times: Times  # the frames wanted, at any rate
    label: Label  # -1 = not told
    text: Text
    text_mask: TextMask
    motion: PerClip  # how much it should move, mean |frame difference| per second; nan = not told
    guide: Float[Tensor, "b t2 c2 h2 w2"] | None = None  # a driving film, a film to redraw, a small film

    @property
    def batch(self) -> int:
        return self.known.shape[0]

    @property
    def num_frames(self) -> int:
        return self.known.shape[1]

    @property
    def channels(self) -> int:
        return self.known.shape[2]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the film wanted, in pixels."""
        return self.known.shape[3], self.known.shape[4]

    @property
    def device(self) -> torch.device:
        return self.known.device

    def untold(self, drop: Bool[Tensor, "b"] | None = None) -> "Condition":
        """The same picture with label, text and motion withheld (from the clips in ``drop``, or from all)."""
        if drop is None:
            drop = torch.ones(self.batch, dtype=torch.bool, device=self.device)
        return self._replace(
            label=torch.where(drop, -1, self.label),
            text_mask=self.text_mask & ~drop[:, None],
            motion=torch.where(drop, torch.nan, self.motion),
        )


class Codes(NamedTuple):
    """What a generator draws for one film, standard normal (MoCoGAN, arXiv 1707.04993, section 3)."""

    content: Float[Tensor, "b d"]  # of the whole film
    motion: Float[Tensor, "b n *e"]  # of its n moments: frames, or any other steps in time


class Generated(NamedTuple):
    """A generator's answer: the film, and whatever else its losses may want (flow, occlusion, ...)."""

    video: Video
    extras: dict[str, Tensor]


class Judged(NamedTuple):
    """A discriminator's answer: raw scores (larger = more real) and its inner features."""

    scores: Float[Tensor, "b ..."]
    features: list[Tensor]


class Weighted(NamedTuple):
    """One named part of a list of parts (a loss, a discriminator), with its weight beside it."""

    part: Any
    weight: float


class Penalty(NamedTuple):
    """A penalty with its weight, and the names of the discriminators that it acts on; None: all."""

    part: Any
    weight: float
    judges: list[str] | None


class Sample(NamedTuple):
    """One evaluated batch: the real clips, what the animator was told, and what it made of it."""

    clip: Clip
    condition: Condition
    fake: Video
    extras: dict[str, Tensor]
    seed: Int[Tensor, "b"]  # the seed of each clip's noise
    cost: float  # seconds a clip


class Turn(NamedTuple):
    """All that a loss may look at, in the generator's or the discriminator's turn."""

    real: Video
    fake: Video
    condition: Condition
    latent: Any
    extras: dict[str, Tensor]
    judged_real: Judged | None
    judged_fake: Judged | None
    discriminate: Any  # video -> Judged, for penalties that need a gradient to the pixels; None without a judge
    channels: int | None = None  # of the films; judges may see more, which a view adds behind them. None: these are all
