"""A published pipeline of ``diffusers`` that makes one film at a time, and what its denoiser is taught by.

Both come from the pipeline's own call: it samples; and stopped at its first pass it says what the denoiser is told, so
that tuning tells it the same. Losses: epsilon (arXiv 2006.11239), v (2202.00512), flow (2209.03003), as its scheduler.
"""

import functools
import inspect
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from PIL.Image import Image, fromarray
from torch import Tensor, nn

from kineograph.core.errors import UserError
from kineograph.core.frozen import Frozen
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Mask, Video
from kineograph.core.video import to_uint8
from kineograph.core.warp import nearest_known, resize

Latents = Float[Tensor, "b t2 c2 h2 w2"]
Tuned = Callable[[nn.Module], AbstractContextManager]  # lends a denoiser what was learned
REPLACED = 1  # branches of a sample's noise
HEARD = 2
DTYPES = ("float32", "bfloat16", "float16")


class Told(NamedTuple):
    """One film's condition as a pipeline can take it: its own size and length."""

    known: Video  # 1 t c h w, three channels, at the pipeline's size and length
    mask: Mask
    picture: Image | None  # what a picture-to-film pipeline starts from
    prompt: str
    fps: float


class Lesson(NamedTuple):
    """One clip to learn from: what the denoiser is called with, and what it should answer where."""

    arguments: dict[str, Any]
    target: Video  # latents, b t c h w
    free: Video  # 1 where the answer counts


class Giant(ABC):
    """One family of pipelines; which member stands in the folder, its model_index.json says.

    ``weights`` is the folder in which diffusers saved a pipeline, or with ``hub`` its name, to be downloaded. Raises
    UserError where it is missing, is of another family, or diffusers is. Code in the folder is never run.
    """

    classes: tuple[str, ...]
    part: str  # of the pipeline: the denoiser
    example: str  # a member, as it is published
    needs_picture: tuple[str, ...]  # those of the classes that start from a picture
    channel_axis: int  # of the latents as the pipeline has them

    def __init__(
        self,
        *,
        weights: str,
        hub: bool,
        dtype: str,  # of the weights, one of DTYPES
        checkpointing: bool,  # in training: less memory, a third more time
        prompt: str,  # where the condition has no spelled caption
        num_steps: int,
        scale: float,  # of the guidance; 1 = none
        height: int | None,  # at which the pipeline works; null: as the film wanted
        width: int | None,
    ):
        self.weights = weights
        self.hub = hub
        if dtype not in DTYPES:
            raise UserError(f"animator.giant.dtype={dtype}: one of {', '.join(DTYPES)}")
        self.dtype: torch.dtype = getattr(torch, dtype)
        self.checkpointing = checkpointing
        self.prompt = prompt
        self.num_steps = num_steps
        self.scale = scale
        self.height = height
        self.width = width
        self.kind = self._kind()
        self.frozen = Frozen(identity=(self.kind, str(self.folder), dtype, checkpointing), load=self.load)

    # ---- what a family says of itself

    @abstractmethod
    def call(self, told: Told, scale: float) -> dict[str, Any]:
        """The family's own arguments of the pipeline's call."""

    @abstractmethod
    def encode(self, pipeline: Any, video: Video) -> Latents:
        """Latents as the denoiser has them, normalised, b t c h w."""

    def native(self, pipeline: Any, latents: Video) -> Tensor:
        """Latents b t c h w as the pipeline has them."""
        return latents if self.channel_axis == 2 else latents.transpose(1, 2)

    def plain(self, pipeline: Any, latents: Tensor, like: Video) -> Video:
        """The way back."""
        return latents if self.channel_axis == 2 else latents.transpose(1, 2)

    def multiple(self, pipeline: Any) -> int:
        """Height and width are multiples of this."""
        return pipeline.vae_scale_factor

    def stride(self, pipeline: Any) -> int:
        """Films have a multiple of this many frames, and one."""
        return 1

    # ---- loading

    @functools.cached_property
    def folder(self) -> Path:
        if self.hub:
            try:
                return Path(_diffusers().DiffusionPipeline.download(self.weights))
            except Exception as error:  # whatever the network does
                raise UserError(
                    f"'{self.weights}' could not be fetched ({' '.join(str(error).split())[:120]}); download it where "
                    "there is a network, then animator.giant.weights=FOLDER animator.giant.hub=false"
                ) from error
        return Path(self.weights)

    def _kind(self) -> str:
        index = self.folder / "model_index.json"
        if not index.is_file():
            raise UserError(
                f"animator.giant.weights: '{self.weights}' has no model_index.json; it is a folder in which diffusers "
                f"saved one of {', '.join(self.classes)}: hf download {self.example} --local-dir FOLDER, then "
                "animator.giant.weights=FOLDER (docs/pretrained.md)"
            )
        kind = str(json.loads(index.read_text()).get("_class_name"))
        if kind not in self.classes:
            raise UserError(f"'{self.weights}' holds a {kind}, and this giant is one of {', '.join(self.classes)}")
        return kind

    def load(self) -> nn.Module:
        from diffusers.utils import logging

        logging.set_verbosity_error()
        pipeline = getattr(_diffusers(), self.kind).from_pretrained(
            self.folder, dtype=self.dtype, local_files_only=True, use_safetensors=True
        )
        pipeline.set_progress_bar_config(disable=True)
        if self.checkpointing:
            getattr(pipeline, self.part).enable_gradient_checkpointing()
        return _Held(pipeline)

    def pipeline(self, device: torch.device) -> Any:
        return self.frozen.on(device).pipeline  # pyright: ignore[reportReturnType]

    def denoiser(self, device: torch.device) -> nn.Module:
        return getattr(self.pipeline(device), self.part)

    def outline(self) -> nn.Module:
        """The denoiser's shapes without its numbers."""
        return self.outline_of(self.part)

    def outline_of(self, part: str) -> nn.Module:
        place = self.folder / part / "config.json"
        try:
            config = json.loads(place.read_text())
        except OSError as error:
            raise UserError(f"'{place}' cannot be read: {error.strerror}; download '{self.weights}' again") from error
        with torch.device("meta"):
            return getattr(_diffusers(), config["_class_name"]).from_config(config)

    def num_parameters(self) -> int:
        return sum(p.numel() for p in self.outline().parameters())

    # ---- one film

    def film(self, condition: Condition, noise: Noise, tuned: Tuned) -> Video:
        """The film of one sample's condition, by its one seed, at the size and length wanted."""
        pipeline = self.pipeline(condition.device)
        told = self.told(pipeline, condition)
        arguments = self._arguments(told, noise.seeds[0], self.scale)
        mask = told.mask.clone()
        if self.kind in self.needs_picture:
            mask[:, 0] = 0  # the pipeline is told it
        if mask.any():
            arguments["callback_on_step_end"] = self._replacing(pipeline, told.known, mask, noise.branch(REPLACED))
        devices = [condition.device] if condition.device.type == "cuda" else []
        with torch.random.fork_rng(devices), tuned(getattr(pipeline, self.part)):
            torch.manual_seed(noise.seeds[0])  # some decoders draw from torch's own generator
            frames = pipeline(**arguments).frames[:, : condition.num_frames]  # 1 t 3 h w in [0, 1]
        film = resize(frames.to(condition.known) * 2 - 1, condition.size)
        return film if condition.channels == 3 else film.mean(dim=2, keepdim=True)

    def told(self, pipeline: Any, condition: Condition) -> Told:
        """Sizes are rounded up to what the pipeline allows; frames beyond those wanted are cut off in the end."""
        step = self.multiple(pipeline)
        size = tuple(
            -(-(own or wanted) // step) * step
            for own, wanted in zip((self.height, self.width), condition.size, strict=True)
        )
        stride = self.stride(pipeline)
        more = -(condition.num_frames - 1) % stride
        # all frames: some encoders' norms look along time, and grey ones would shift what is known
        known = resize(nearest_known(condition), size).expand(-1, -1, 3, -1, -1)
        b, t = condition.mask.shape[:2]
        mask = F.interpolate(condition.mask.flatten(0, 1), size=size, mode="nearest").unflatten(0, (b, t))
        picture = None
        if self.kind in self.needs_picture:
            if not bool(condition.mask.any()):
                raise UserError(f"a {self.kind} starts from a picture, and none is given; use task=image_to_video")
            first = nearest_known(condition)[:, :1]
            picture = fromarray(to_uint8(resize(first, size)[0].expand(-1, 3, -1, -1))[0].numpy())
        seconds = float(condition.times[0, -1] - condition.times[0, 0])
        return Told(
            known=_longer(known, more),
            mask=F.pad(mask, (0, 0) * 3 + (0, more)),
            picture=picture,
            prompt=spelled(condition) or self.prompt,
            fps=(condition.num_frames - 1) / seconds if seconds > 0 else 8.0,
        )

    def _arguments(self, told: Told, seed: int, scale: float) -> dict[str, Any]:
        return self.call(told, scale) | {
            "height": told.known.shape[3],
            "width": told.known.shape[4],
            "num_frames": told.known.shape[1],
            "num_inference_steps": self.num_steps,
            "generator": torch.Generator().manual_seed(seed),
            "output_type": "pt",
        }

    def _replacing(self, pipeline: Any, known: Video, mask: Mask, noise: Noise) -> Callable[..., dict[str, Tensor]]:
        """After each step the latents that are known are put back, as noisy as the next step has them
        (arXiv 2201.09865, Eq. 8)."""
        clean = self.encode(pipeline, known.to(self.dtype)).float()
        given = coarse(mask, clean, self.stride(pipeline)) > 0
        added = noise.normal(*clean.shape[1:])

        def replace(pipeline: Any, step: int, time: Any, latents: dict[str, Tensor]) -> dict[str, Tensor]:
            later = pipeline.scheduler.timesteps[step + 1 :]
            there = noised(pipeline.scheduler, clean, added, later[:1]) if len(later) else clean
            plain = self.plain(pipeline, latents["latents"], clean)
            mixed = torch.where(given, there.to(plain), plain)
            return latents | {"latents": self.native(pipeline, mixed)}

        return replace

    # ---- one lesson

    @torch.no_grad()
    def lesson(self, video: Video, condition: Condition, noise: Noise, untold: bool) -> Lesson:
        """What one clip teaches at a random level; what the pipeline itself keeps clean does not count.

        ``untold`` withholds the prompt, as guidance does.
        """
        pipeline = self.pipeline(condition.device)
        told = self.told(pipeline, condition)
        told = told._replace(prompt="") if untold else told
        film = resize(video, tuple(told.known.shape[3:])).expand(-1, -1, 3, -1, -1)
        film = _longer(film, told.known.shape[1] - film.shape[1])
        clean = self.encode(pipeline, film.to(self.dtype)).float()
        arguments = self._overheard(pipeline, told, noise.branch(HEARD).seeds[0])
        added = noise.normal(*clean.shape[1:])
        level = noise.normal()
        first = next(iter(arguments))  # sample, or hidden_states
        seen = arguments[first]
        noisy, time, target = corrupt(pipeline.scheduler, clean, added, level, seen.shape[1])
        free = torch.ones_like(clean[:, :, :1])
        heard = arguments["timestep"]
        if torch.is_tensor(heard) and heard.ndim == 2:  # a level a token: the picture's are never noisy
            time = torch.where(heard > 0, time, 0)
            if bool((heard == 0).any()):
                noisy[:, :1], free[:, :1] = clean[:, :1], 0
        own = self.native(pipeline, noisy).to(seen)
        rest = seen.shape[self.channel_axis] - own.shape[self.channel_axis]
        beside = seen.narrow(self.channel_axis, own.shape[self.channel_axis], rest)  # picture and mask, where told so
        arguments |= {first: torch.cat([own, beside], dim=self.channel_axis), "timestep": time.to(seen.device)}
        return Lesson(arguments, target, free)

    def answer(self, lesson: Lesson) -> Video:
        """The denoiser's, in latents b t c h w."""
        pipeline = self.pipeline(lesson.target.device)
        answer = getattr(pipeline, self.part)(**lesson.arguments)[0]
        return self.plain(pipeline, answer, lesson.target).float()

    def _overheard(self, pipeline: Any, told: Told, seed: int) -> dict[str, Any]:
        """What the pipeline calls its denoiser with, unguided, at its first step."""
        denoiser = getattr(pipeline, self.part)

        def stop(module: nn.Module, args: tuple, kwargs: dict[str, Any]) -> None:
            raise _HeardError(inspect.signature(module.forward).bind(*args, **kwargs).arguments)

        hook = denoiser.register_forward_pre_hook(stop, with_kwargs=True)
        try:
            pipeline(**self._arguments(told, seed, 1.0))
        except _HeardError as heard:
            return dict(heard.arguments) | {"return_dict": False}
        finally:
            hook.remove()
        raise AssertionError("the pipeline never called its denoiser")


class _HeardError(Exception):
    def __init__(self, arguments: dict[str, Any]):
        super().__init__()
        self.arguments = arguments


class _Held(nn.Module):
    """A pipeline whose networks move together."""

    def __init__(self, pipeline: Any):
        super().__init__()
        self.networks = nn.ModuleDict({k: v for k, v in pipeline.components.items() if isinstance(v, nn.Module)})
        self.pipeline = pipeline


def _longer(film: Video, more: int) -> Float[Tensor, "b _ c h w"]:
    return torch.cat([film, film[:, -1:].expand(-1, more, -1, -1, -1)], dim=1)


def spelled(condition: Condition) -> str:
    """The caption that clip.text_dim=1 spells out, a byte a token; empty where none is told."""
    if condition.text.shape[2] != 1:
        return ""
    letters = condition.text[0, condition.text_mask[0], 0]
    return bytes((letters * 255).round().int().tolist()).decode(errors="ignore")


def coarse(mask: Mask, latents: Latents, stride: int) -> Float[Tensor, "b t2 1 h2 w2"]:
    """The mask of latents: given where all pixels of all frames that they stand for are."""
    t, (h, w) = latents.shape[1], latents.shape[3:]
    mask = -F.adaptive_max_pool2d(-mask[:, :, 0], (h, w))  # b t h w, the least
    if stride > 1:  # the first frame stands alone, the others go together
        rest = rearrange(mask[:, 1:], "b (t s) h w -> b t s h w", s=stride).amin(dim=2)
        mask = torch.cat([mask[:, :1], rest], dim=1)
    if mask.shape[1] < t:  # latents that the pipeline puts before the film
        mask = torch.cat([torch.zeros_like(mask[:, :1]).expand(-1, t - mask.shape[1], -1, -1), mask], dim=1)
    return mask[:, :, None]


def noised(scheduler: Any, clean: Video, added: Video, time: Tensor) -> Video:
    """Latents as noisy as the scheduler has them at this time."""
    if _flows(scheduler) and hasattr(scheduler, "scale_noise"):
        return scheduler.scale_noise(clean, time, added)
    return scheduler.add_noise(clean, added, time)


def corrupt(scheduler: Any, clean: Video, added: Video, level: Tensor, tokens: int) -> tuple[Video, Tensor, Video]:
    """Noisy latents as the denoiser sees them, the time it is told, and what it should answer.

    ``level`` is standard normal. Flow models see logit-normal levels with the scheduler's shift (arXiv 2403.03206),
    which may grow with the ``tokens`` of a film; those with continuous levels see log-normal ones (Stable Video
    Diffusion, arXiv 2311.15127, appendix D), all others uniform ones.
    """
    config = scheduler.config
    if _flows(scheduler):
        sigma = torch.sigmoid(level)
        shift = shift_of(config, tokens)
        sigma = shift * sigma / (1 + (shift - 1) * sigma)
        shaped = sigma[:, None, None, None, None]
        return (1 - shaped) * clean + shaped * added, sigma * config.num_train_timesteps, added - clean
    if config.get("timestep_type") == "continuous":
        log_ratio = 0.7 + 1.6 * level
        alpha, time = torch.sigmoid(-2 * log_ratio).sqrt(), 0.25 * log_ratio
    else:
        time = (torch.special.ndtr(level) * config.num_train_timesteps).long().clamp(max=config.num_train_timesteps - 1)
        alpha = scheduler.alphas_cumprod.to(clean.device)[time].sqrt()
    alpha = alpha.to(clean)[:, None, None, None, None]
    sigma = (1 - alpha**2).sqrt()
    noisy = alpha * clean + sigma * added
    targets = {"epsilon": added, "v_prediction": alpha * added - sigma * clean, "sample": clean}
    return noisy, time, targets[config.prediction_type]


def shift_of(config: Any, tokens: int) -> float:
    """How far the scheduler moves levels towards noise; a dynamic one moves those of longer films further."""
    if not config.get("use_dynamic_shifting"):
        return config.get("flow_shift") or config.get("shift") or 1.0
    few, many = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
    low, high = config.get("base_shift", 0.5), config.get("max_shift", 1.15)
    return math.exp(low + (high - low) * (tokens - few) / (many - few))


def _flows(scheduler: Any) -> bool:
    return scheduler.config.get("prediction_type", "flow_prediction") == "flow_prediction"


def _diffusers() -> Any:
    try:
        import diffusers
    except ImportError as error:
        raise UserError("animator=pretrained needs diffusers: pip install 'kineograph[pretrained]'") from error
    return diffusers
