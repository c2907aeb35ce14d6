"""A film redrawn by a diffusion model from its own noised self: SDEdit (Meng et al. 2021, arXiv:2108.01073, Sec. 3)."""

import torch

from kineograph.core.errors import UserError
from kineograph.core.protocols import Animates, Denoises
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Level, Video
from kineograph.core.warp import keep_known
from kineograph.procedures.late_start import LateStart
from kineograph.procedures.source_film import source_film
from kineograph.procedures.windows import Places, by_windows


class Edit:
    """``strength`` 0 gives the film back, 1 forgets it and is the animator's plain film; between, layout and motion
    stay and detail is new.

    The film is a file, or the condition's guide. Raises UserError for an animator that does not denoise.
    """

    def __init__(
        self,
        *,
        animates: Animates,
        film: str | None,
        strength: float,  # share of the walk from noise to film that is walked again
        tell_first: bool,  # the film's own first frame is told as the picture, in place of the one given
    ):
        if not isinstance(animates, Denoises):
            raise UserError("procedure=edit redraws with a diffusion animator, and this is none; see procedure=blend")
        if not 0 <= strength <= 1:
            raise UserError(f"procedure.strength={strength}: 0 (the film as it is) to 1 (nothing of it)")
        self.animates: Denoises = animates
        self.film = film
        self.strength = strength
        self.tell_first = tell_first

    @torch.no_grad()
    def animate(self, condition: Condition, noise: Noise) -> Video:
        film = source_film(self.film, condition)
        if self.tell_first:
            mask = torch.zeros_like(condition.mask)
            mask[:, 0] = 1
            condition = condition._replace(known=film * mask, mask=mask)
        if self.strength == 0:
            return keep_known(film, condition)
        if self.strength == 1:
            return self.animates.animate(condition, noise)

        def redrawn(part: Condition, places: Places, noise: Noise) -> Video:
            return self.redrawn(film[:, places], part, noise)

        return by_windows(self.animates.rollout, redrawn, condition, noise)

    def redrawn(self, film: Video, condition: Condition, noise: Noise) -> Video:
        """One window of it."""
        animates = self.animates
        process = LateStart(animates.process, self.strength)
        latents = animates.coder.encode(keep_known(film, condition), condition)
        level = process.levels(1)[:1]
        ratio = (process.alpha(level) / process.sigma(level)).item()
        start = noise.normal(*latents.shape[1:]) + ratio * latents  # a sampler multiplies it by sigma
        estimate, begun = animates.estimate(condition), False

        def clean(noisy: Video, level: Level) -> Video:
            nonlocal begun
            if not begun and (process.alpha(level) / process.sigma(level)).max() > ratio * (1 + 1e-3):
                raise UserError(
                    "procedure=edit: the sampler begins with less noise than the film was given at procedure.strength="
                    f"{self.strength}; let it begin there: animator.sampler.ratio_max={1 / ratio:.4g}"
                )
            begun = True
            return estimate(noisy, level)

        latents = animates.sampler(process, clean, start, noise)
        return keep_known(animates.coder.decode(latents, condition).clamp(-1, 1), condition)
