"""A part of a film made anew, in space and time: by what the model knows of masks, or by putting the known back at
every step (Lugmayr et al. 2022, arXiv:2201.09865, Eq. 8, on the clean estimate)."""

from pathlib import Path

import torch

from kineograph.core.errors import UserError
from kineograph.core.protocols import Animates, Denoises
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Level, Mask, Video
from kineograph.core.video import nearest_frames, read, to_float
from kineograph.core.warp import keep_known, resize
from kineograph.procedures.source_film import source_film
from kineograph.procedures.windows import Places, by_windows

WHOLE = [0.0, 0.0, 1.0, 1.0]


class Inpaint:
    """What lies in ``region`` during ``span`` is made; everything else comes from the film, exactly, and a
    picture that is told stays.

    ``mask`` is a picture or film whose white is made, instead of a region. ``replace`` is for diffusion models that
    were trained without masks: they are told only what the condition tells.
    """

    def __init__(
        self,
        *,
        animates: Animates,
        film: str | None,
        region: list[float],  # top, left, bottom, right, as shares of the picture
        span: list[float],  # first and last instant, as shares of the film
        mask: str | None,
        replace: bool,
    ):
        for name, place, example in (("region", region, WHOLE), ("span", span, WHOLE[1::2])):
            shares = isinstance(place, list) and len(place) == len(example)
            if not shares or not all(isinstance(share, int | float) for share in place):
                raise UserError(f"procedure.{name}={place}: {len(example)} shares are wanted; {example} is all")
        for name, (low, high) in {"region": region[::2], "region ": region[1::2], "span": span}.items():
            if not 0 <= low < high <= 1:
                raise UserError(f"procedure.{name.strip()}: from {low} to {high} is nothing of the film; 0 to 1 is all")
        if replace and not isinstance(animates, Denoises):
            raise UserError("procedure.replace=true steers a diffusion animator, and this is none; use replace=false")
        self.animates = animates
        self.film = film
        self.region = region
        self.span = span
        self.mask = mask
        self.replace = replace

    @torch.no_grad()
    def animate(self, condition: Condition, noise: Noise) -> Video:
        film = source_film(self.film, condition)
        kept = 1 - self.made(condition)
        if not self.replace:
            given = self.given(film, kept, condition)
            return keep_known(self.animates.animate(given, noise), given)
        animates: Denoises = self.animates  # pyright: ignore[reportAssignmentType]

        def mended(part: Condition, places: Places, noise: Noise) -> Video:
            return self.mended(animates, film[:, places], kept[:, places], part, noise)

        return by_windows(animates.rollout, mended, condition, noise)

    def mended(self, animates: Denoises, film: Video, kept: Mask, condition: Condition, noise: Noise) -> Video:
        """One window, by putting back what is kept at every step."""
        given = self.given(film, kept, condition)
        coder, estimate = animates.coder, animates.estimate(condition)
        known, mask = coder.encode(keep_known(film, given), condition), coder.encode_condition(given).mask

        def steered(noisy: Video, level: Level) -> Video:
            return torch.where(mask >= 1, known, estimate(noisy, level))

        latents = animates.sampler(animates.process, steered, noise.normal(*coder.latent_shape(condition)), noise)
        return keep_known(coder.decode(latents, condition).clamp(-1, 1), given)

    def given(self, film: Video, kept: Mask, condition: Condition) -> Condition:
        """What is told beside the film, a picture, stays told."""
        known = torch.where(kept > 0, film, condition.known)
        return condition._replace(known=known, mask=torch.maximum(kept, condition.mask))

    def made(self, condition: Condition) -> Mask:
        """1 where the film is made anew."""
        if self.mask is not None:
            given = read(Path(self.mask))
            light = (to_float(given.frames).mean(dim=1, keepdim=True)[None] > 0).to(condition.mask)
            light = (resize(light, condition.size) > 0.5).to(condition.mask)
            instants = (condition.times - condition.times[:, :1]).double().cpu()
            return torch.cat([light[:, nearest_frames(given.times, row)] for row in instants])
        (h, w), t = condition.size, condition.num_frames
        top, left, bottom, right = (round(share * size) for share, size in zip(self.region, (h, w, h, w), strict=True))
        first, last = (round(share * t) for share in self.span)
        made = torch.zeros_like(condition.mask)
        made[:, first:last, :, top:bottom, left:right] = 1
        if not made.any():
            raise UserError(
                f"procedure.region={self.region}, span={self.span}: less than a pixel or frame of {t} x {h} x {w}"
            )
        return made
