"""Two animations become one: what a diffusion model expects of both is mixed at every step, as compositions of models
are (Liu et al. 2022, arXiv:2206.01714, Eq. 11); films of other animators are mixed as they are."""

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.protocols import Animates, Denoises
from kineograph.core.random import Noise, mix
from kineograph.core.types import Condition, Level, Video
from kineograph.core.video import read, to_float
from kineograph.core.warp import resize
from kineograph.procedures.windows import Places, by_windows

Share = Float[Tensor, "1 t 1 1 1"]


class Blend:
    """The share of the other animation goes evenly from ``first`` at the film's beginning to ``last`` at its end.

    The other one starts from ``picture`` (null: the same) with the noise of ``seed`` (null: the same); at share 0 and
    1 either one comes out as it is.
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
        if not isinstance(animates, Denoises):
            return torch.lerp(animates.animate(condition, noise), animates.animate(other, self.others(noise)), share)

        def blended(part: Condition, places: Places, noise: Noise) -> Video:
            told = condition.mask[:, places] > 0  # elsewhere what is known was made before, of both
            others = part._replace(known=torch.where(told, other.known[:, places], part.known))
            return self.blended(animates, part, others, share[:, places], noise)

        return by_windows(animates.rollout, blended, condition, noise)

    def blended(self, animates: Denoises, condition: Condition, other: Condition, share: Share, noise: Noise) -> Video:
        """One window."""
        coder = animates.coder
        estimates = animates.estimate(condition), animates.estimate(other)
        shape = coder.latent_shape(condition)
        evenly = torch.linspace(share[0, 0].item(), share[0, -1].item(), shape[0]).to(share)  # latents may be fewer
        of_latents = evenly[None, :, None, None, None]

        def both(noisy: Video, level: Level) -> Video:
            return torch.lerp(*(estimate(noisy, level) for estimate in estimates), of_latents)

        others_noise = self.others(noise)
        start = torch.lerp(noise.normal(*shape), others_noise.normal(*shape), of_latents)
        if self.seed is not None:  # two noises; as much as either has
            start = start / (of_latents**2 + (1 - of_latents) ** 2).sqrt()
        latents = animates.sampler(animates.process, both, start, noise if self.last <= 0.5 else others_noise)
        film = torch.lerp(coder.decode(latents, condition), coder.decode(latents, other), share).clamp(-1, 1)
        return torch.where(condition.mask > 0, torch.lerp(condition.known, other.known, share), film)

    def others(self, noise: Noise) -> Noise:
        """Of the other animation, from its beginning."""
        seeds = noise.seeds if self.seed is None else [mix(seed, self.seed) for seed in noise.seeds]
        return Noise(seeds, noise.device)

    def other(self, condition: Condition) -> Condition:
        if self.picture is None:
            return condition
        picture = resize(to_float(read(self.picture).frames[:1])[None].to(condition.known), condition.size)
        if condition.channels == 1:
            picture = picture.mean(dim=2, keepdim=True)
        return condition._replace(known=picture * condition.mask)

    def share(self, condition: Condition) -> Share:
        """Of the other animation, frame by frame."""
        evenly = torch.linspace(self.first, self.last, condition.num_frames)
        return evenly.to(condition.known)[None, :, None, None, None]
