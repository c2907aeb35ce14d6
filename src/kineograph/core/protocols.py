"""What the parts ask of each other. Hydra injects them; no part imports another."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from kineograph.core.random import Noise
from kineograph.core.types import (
    Clip,
    Condition,
    Generated,
    Judged,
    Level,
    Mask,
    Sample,
    Scalar,
    Turn,
    Video,
)

Denoise = Callable[[Video, Level, Condition], Video]  # noisy, level, condition -> the clean film, estimated


@runtime_checkable
class Animates(Protocol):
    """The one seam: previews, evaluation, the command line and the report know only this."""

    def animate(self, condition: Condition, noise: Noise) -> Video: ...


@runtime_checkable
class Imagines(Animates, Protocol):
    """An animator whose film is a function of codes that it draws first: a GAN, not a diffusion model."""

    def codes(self, condition: Condition, noise: Noise) -> Any: ...

    def film(self, condition: Condition, codes: Any) -> Video: ...


@runtime_checkable
class Denoises(Animates, Protocol):
    """An animator that walks from noise to a film's latents: a diffusion model, not a GAN."""

    process: "Process"
    sampler: "Sampler"
    rollout: "Rollout"
    coder: "Codec"

    def estimate(self, condition: Condition) -> Callable[[Video, Level], Video]:
        """The clean latents seen in noisy ones, guided, under this (pixel-space) condition."""
        ...


@runtime_checkable
class Task(Protocol):
    """Which part of a clip the animator is given."""

    def __call__(self, clip: Clip) -> Condition: ...


@runtime_checkable
class TextEncoder(Protocol):
    """Captions as numbers: the same for the same words, whatever batch, process or run asks."""

    def prepare(self, captions: Iterable[str], num_tokens: int, text_dim: int) -> None:
        """Does ahead of time, in the main process, what is dear: afterwards a call only looks up."""
        ...

    def __call__(self, caption: str, num_tokens: int, text_dim: int) -> tuple[Float[Tensor, "n d"], Bool[Tensor, "n"]]:
        """``num_tokens`` rows, and where one stands for a token; none does in an empty caption."""
        ...


@runtime_checkable
class Generator(Protocol):
    """A network that makes a film in one pass; condition and film are in the codec's space (``encode_condition``)."""

    def sample_latent(self, condition: Condition, noise: Noise) -> Any:
        """Drawn from ``noise`` alone: ``types.Codes``, or a named tuple of tensors (b first) that has more fields.

        Truncation, walks and inversion move ``content`` and ``motion``; style mixing takes every field along whose
        name begins with motion.
        """
        ...

    def __call__(self, condition: Condition, latent: Any) -> Generated: ...


@runtime_checkable
class Discriminator(Protocol):
    def __call__(self, video: Video, condition: Condition) -> Judged: ...


@runtime_checkable
class Denoiser(Protocol):
    """The bare network. What its output means (clean film, noise, velocity) is the process's business."""

    def __call__(self, noisy: Video, level: Level, condition: Condition) -> Video: ...


@runtime_checkable
class Codec(Protocol):
    """Between films and the latents that are diffused. Latents are a Video of any channels and size."""

    def latent_shape(self, condition: Condition) -> tuple[int, int, int, int]:
        """(t, c, h, w) of one clip's latents under this (pixel-space) condition."""
        ...

    def encode(self, video: Video, condition: Condition) -> Video: ...

    def decode(self, latents: Video, condition: Condition) -> Video: ...

    def encode_condition(self, condition: Condition) -> Condition:
        """The condition as the denoiser sees it: known frames and mask brought to the latents' size."""
        ...

    def project(self, latents: Video, condition: Condition) -> Video:
        """The nearest latents that a film under this condition (encoded) can have: given ones as they are given, and
        colours, where latents are colours, within their range."""
        ...


@runtime_checkable
class TrainableCodec(Codec, Protocol):
    def reconstruct(self, video: Video, condition: Condition, noise: Noise) -> Generated:
        """There and back, for training; ``noise`` for codecs that learn to bear some."""
        ...


@runtime_checkable
class Process(Protocol):
    """What noise does to a clip: noisy = alpha(level) clean + sigma(level) noise, more noise at higher levels."""

    def sample_level(self, noise: Noise, num_frames: int) -> Level:
        """Levels for training."""
        ...

    def corrupt(self, clean: Video, noise: Video, level: Level) -> Video: ...

    def denoise(self, denoiser: Denoiser, noisy: Video, level: Level, condition: Condition) -> Video:
        """The clean film, estimated from the denoiser's output."""
        ...

    def shown_level(self, level: Level, condition: Condition) -> Level:
        """The level at which the denoiser sees each frame, where some are told by showing them at one of their own."""
        ...

    def weight(self, level: Level) -> Level:
        """The weight of the squared error of the clean film in the training loss."""
        ...

    def alpha(self, level: Level) -> Level: ...

    def sigma(self, level: Level) -> Level: ...

    def velocity(self, noisy: Video, clean: Video, level: Level) -> Video:
        """d noisy / d level along the probability-flow ODE."""
        ...

    def levels(self, num_steps: int) -> Tensor:
        """num_steps + 1 levels (float64), from pure noise down to (nearly) none."""
        ...


@runtime_checkable
class Sampler(Protocol):
    """How to walk back from pure noise to a film."""

    def __call__(
        self,
        process: Process,
        denoise: Callable[[Video, Level], Video],
        start: Video,  # standard normal noise, the size of the (latent) film
        noise: Noise,  # for samplers that add noise on the way
    ) -> Video: ...


@runtime_checkable
class Guidance(Protocol):
    """Wraps a denoiser."""

    def __call__(self, denoise: Denoise) -> Denoise: ...


@runtime_checkable
class Rollout(Protocol):
    """How many windows make a film."""

    def __call__(self, animates: Callable[[Condition, Noise], Video], condition: Condition, noise: Noise) -> Video: ...


@runtime_checkable
class Loss(Protocol):
    def __call__(self, turn: Turn) -> Scalar: ...


@runtime_checkable
class Adversarial(Protocol):
    """A two-player objective: what the generator, and what the discriminator, makes small."""

    def generator(self, turn: Turn) -> Scalar: ...

    def discriminator(self, turn: Turn) -> Scalar: ...


@runtime_checkable
class Compares(Protocol):
    """A game, or a loss of the generator's turn, that looks at the verdict on real films too (``turn.judged_real``)."""

    compares: bool


@runtime_checkable
class Penalises(Loss, Protocol):
    """A term of the discriminators' turn on the slope of their scores."""

    wants: str
    """What it looks at beside the verdicts: ``"real"`` or ``"fake"``, films that keep the gradient of their scores;
    ``"interpolation"`` or ``"perturbation"``, of ``turn.extras``."""


@runtime_checkable
class View(Protocol):
    """How judges see films, real and made alike, and the condition with them; gradients pass once."""

    def draw(self, video: Video, noise: Noise, images_seen: int) -> Tensor:
        """The random numbers of one look at films like these."""
        ...

    def __call__(self, video: Video, condition: Condition, drawn: Tensor) -> tuple[Video, Condition]: ...

    def adapt(self, confidence: Scalar, images: int) -> None:
        """After a discriminators' turn on so many images: the mean sign of their real scores, over all ranks."""
        ...


@runtime_checkable
class Extractor(Protocol):
    """A frozen feature network for metrics. ``name`` and ``sha256`` go on the protocol card."""

    name: str
    feature_dim: int

    @property
    def sha256(self) -> str: ...

    def __call__(self, video: Video) -> Tensor:
        """Features, one row a frame (b t d) for picture extractors, one row a clip (b d) for clip extractors."""
        ...


@runtime_checkable
class Classifier(Extractor, Protocol):
    """An extractor whose network also names classes."""

    def classify(self, features: Tensor) -> Tensor:
        """Logits of the classes, from this extractor's own features: the network runs once for both."""
        ...


@runtime_checkable
class Metric(Protocol):
    """A stream of samples summed up to named numbers. ``torchmetrics.Metric`` brings ``reset``, ``to`` and the ranks.

    The protocol card takes a network that it looks through (``Extractor``) from ``extractor``, ``distance``,
    ``detector`` or ``flow``, attributes of these names.
    """

    higher_is_better: bool | None  # None: neither; the nearer to the real clips' own, the better

    def reset(self) -> None: ...

    def to(self, device: torch.device | str) -> Any: ...

    def update(self, sample: Sample) -> None: ...

    def compute(self) -> dict[str, Tensor]:
        """``value``, with ``low`` and ``high`` where it has an interval; any PART beside them becomes NAME_PART."""
        ...


@runtime_checkable
class Remembers(Protocol):
    """What copies or learns from the training clips: a reference, or a metric with a classifier of its own."""

    def remember(self, clips: Iterable[Clip]) -> None: ...


@runtime_checkable
class Augmentation(Protocol):
    """One draw per clip, the same for every frame."""

    def __call__(self, clip: Clip, noise: Noise) -> Clip: ...


@runtime_checkable
class Repeats(Augmentation, Protocol):
    """One that makes few films of a clip, so that each comes again."""

    variants: int


__all__ = [
    "Adversarial",
    "Animates",
    "Augmentation",
    "Classifier",
    "Codec",
    "Compares",
    "Denoise",
    "Denoiser",
    "Denoises",
    "Discriminator",
    "Extractor",
    "Generator",
    "Guidance",
    "Imagines",
    "Loss",
    "Mask",
    "Metric",
    "Penalises",
    "Process",
    "Remembers",
    "Repeats",
    "Rollout",
    "Sampler",
    "Task",
    "TextEncoder",
    "TrainableCodec",
    "View",
]
