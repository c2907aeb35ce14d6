"""Two animations become one: what a diffusion model expects of both is mixed at every step, as compositions of models
are (Liu et al. 2022, arXiv:2206.01714, Eq. 11); films of other animators are mixed as they are."""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.protocols import Animates, Denoises
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Level, Video
from kineograph.core.video import read, to_float
from kineograph.core.warp import resize
from kineograph.procedures.source_film import in_channels
from kineograph.procedures.windows import Places, by_windows

Share = Float[Tensor, "1 t 1 1 1"]


class Blend:
    """The share of the other animation goes evenly from ``first`` at the film's beginning to ``last`` at its end.

    The other one starts from ``picture`` (null: the same) with the noise of ``seed`` (null: the same); at share 0 and
    1 either one comes out as it is, the other as ``seed`` alone makes it.
    """

    def __init__(self, *, animates: Animates, picture: str | None, seed: int | None, first: float, last: float):
        self.animates = animates
        self.picture = picture
        self.seed = seed
        self.first = first
        self.last = last

    @torch.no_grad()
    def animate(self, condition: Condition, noise: Noise) -> Video:
        animates, other, share = self.animates, self.other(condition), self.share(condition)
        own = noise.seeds
        seeds = own if self.seed is None else [self.seed] * len(own)
        if not isinstance(animates, Denoises):
            others = animates.animate(other, Noise(seeds, noise.device))
            return torch.lerp(animates.animate(condition, noise), others, share)

        def blended(part: Condition, places: Places, noise: Noise) -> Video:
            told = condition.mask[:, places] > 0  # elsewhere what is known was made before, of both
            others = part._replace(known=torch.where(told, other.known[:, places], part.known))
            noises = (Noise(half, noise.device) for half in (noise.seeds[: len(own)], noise.seeds[len(own) :]))
            return self.blended(animates, (part, others), tuple(noises), share[:, places])

        # a roll-out branches off for every window: here both noises at once
        return by_windows(animates.rollout, blended, condition, Noise([*own, *seeds], noise.device))

    def blended(
        self, animates: Denoises, conditions: tuple[Condition, Condition], noises: tuple[Noise, Noise], share: Share
    ) -> Video:
        """One window; of either animation its own condition and noise."""
        condition, other = conditions
        coder = animates.coder
        estimates = animates.estimate(condition), animates.estimate(other)
        shape = coder.latent_shape(condition)
        evenly = torch.linspace(share[0, 0].item(), share[0, -1].item(), shape[0]).to(share)  # latents may be fewer
        of_latents = evenly[None, :, None, None, None]

        def both(noisy: Video, level: Level) -> Video:
            return torch.lerp(*(estimate(noisy, level) for estimate in estimates), of_latents)

        start = torch.lerp(*(noise.normal(*shape) for noise in noises), of_latents)
        # two noises: as much as either has; one and the same: as it is
        two = torch.tensor([one != another for one, another in zip(noises[0].seeds, noises[1].seeds, strict=True)])
        deviation = (of_latents**2 + (1 - of_latents) ** 2).sqrt()
        start = torch.where(two.to(start.device)[:, None, None, None, None], start / deviation, start)
        latents = animates.sampler(animates.process, both, start, noises[0 if self.last <= 0.5 else 1])
        film = torch.lerp(coder.decode(latents, condition), coder.decode(latents, other), share).clamp(-1, 1)
        return torch.where(condition.mask > 0, torch.lerp(condition.known, other.known, share), film)

    def other(self, condition: Condition) -> Condition:
        if self.picture is None:
            return condition
        picture = resize(to_float(read(self.picture).frames[:1])[None].to(condition.known), condition.size)
        picture = in_channels(picture, condition.channels)
        return condition._replace(known=picture * condition.mask)

    def share(self, condition: Condition) -> Share:
        """Of the other animation, frame by frame."""
        evenly = torch.linspace(self.first, self.last, condition.num_frames)
        return evenly.to(condition.known)[None, :, None, None, None]
