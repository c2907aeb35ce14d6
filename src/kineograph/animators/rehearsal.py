"""One clip through all parts of a GAN before anything is trained, so that sizes that do not fit are told at once."""

from typing import Any

import torch
from torch import nn

from kineograph.core.errors import UserError
from kineograph.core.protocols import Codec
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video


@torch.no_grad()
def rehearse(
    coder: Codec,
    generator: Any,  # protocols.Generator
    judges: nn.ModuleDict,
    view: Any,  # what judges see films through
    video: Video,
    condition: Condition,
    noise: Noise,
) -> None:
    """Raises UserError that names the part which does not take what the others make. All are in eval mode."""
    real, told = coder.encode(video, condition), coder.encode_condition(condition)
    made = "animator/codec makes latents of " + " x ".join(map(str, real.shape[1:]))
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
            raise _misfit(made, place, error, f"set {place}.part.channels and .known_channels") from error


def _misfit(made: str, place: str, error: RuntimeError, advice: str) -> UserError:
    return UserError(f"{made} (t c h w), which {place} does not take ({' '.join(str(error).split())[:200]}); {advice}")
