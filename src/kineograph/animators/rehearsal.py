"""One clip through all parts before anything is trained, so that sizes that do not fit are told at once."""

from typing import Any

import torch
from torch import nn

from kineograph.core.errors import UserError
from kineograph.core.protocols import Codec, Process
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video


def rehearse_game(
    coder: Codec,
    generator: Any,  # protocols.Generator
    judges: nn.ModuleDict,
    view: Any,  # what judges see films through
    video: Video,
    condition: Condition,
    noise: Noise,
) -> None:
    """A GAN's parts. Raises UserError that names the one which does not take what the others make."""
    real, told = coder.encode(video, condition), coder.encode_condition(condition)
    made = _made(real)
    try:
        fake = generator(told, generator.sample_latent(told, noise)).video
    except RuntimeError as error:
        raise _misfit(made, "animator.generator", error, "choose an animator/generator of these latents") from error
    if fake.shape != real.shape:
        sizes = " x ".join(map(str, fake.shape[1:]))
        raise UserError(
            f"{made} (t c h w) and animator.generator films of {sizes}; choose an animator/generator of these latents"
        )
    seen, told = view(real, told, view.draw(real, noise, 0))
    for name, judge in judges.items():
        place = f"animator.discriminators.{name}"
        try:
            judge(seen, told)
        except RuntimeError as error:
            raise _misfit(made, place, error, f"set the channels of {place} and its known_channels") from error


def rehearse_denoiser(
    coder: Codec, process: Process, denoiser: nn.Module, video: Video, condition: Condition, noise: Noise
) -> None:
    """Raises UserError where the denoiser does not take what the codec makes, or the process what it gives."""
    latents, told = coder.encode(video, condition), coder.encode_condition(condition)
    level = process.sample_level(noise, latents.shape[1])
    try:
        process.denoise(denoiser, latents, level, told)
    except RuntimeError as error:
        known = told.known.shape[2] + (0 if condition.guide is None else condition.guide.shape[2])
        advice = f"set the channels ({latents.shape[2]}) and known_channels ({known}) of animator.denoiser"
        advice += " (with_text, with_guide: of their network, which knows text_channels more)"
        raise _misfit(_made(latents), "animator.denoiser", error, advice) from error
    if torch.equal(process.shown_level(level, told), level):
        return
    given = (told.mask >= 1).expand_as(latents)  # which such a process shows among the noisy ones
    if not torch.allclose(coder.project(torch.zeros_like(latents), told)[given], told.known[given]):
        raise UserError(
            "animator/process=per_frame shows given frames among noisy latents, and with this animator/codec pictures "
            "and latents have different units; use animator/codec=identity"
        )


def _made(latents: Video) -> str:
    return "animator/codec makes latents of " + " x ".join(map(str, latents.shape[1:]))


def _misfit(made: str, place: str, error: RuntimeError, advice: str) -> UserError:
    return UserError(f"{made} (t c h w), which {place} does not take ({' '.join(str(error).split())[:200]}); {advice}")
