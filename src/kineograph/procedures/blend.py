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
        other = self.other(condition)
        seeds = noise.seeds if self.seed is None else [mix(seed, self.seed) for seed in noise.seeds]
        others_noise = Noise(seeds, noise.device)
        if not isinstance(self.animates, Denoises):
            films = self.animates.animate(condition, noise), self.animates.animate(other, others_noise)
            return self.mixed(*films)
        coder = self.animates.coder
        estimates = self.animates.estimate(condition), self.animates.estimate(other)

        def both(noisy: Video, level: Level) -> Video:
            return self.mixed(*(estimate(noisy, level) for estimate in estimates))

        shape = coder.latent_shape(condition)
        starts = noise.normal(*shape), others_noise.normal(*shape)
        share = self.share(starts[0])
        start = self.mixed(*starts)
        if self.seed is not None:  # two noises; as much as either has
            start = start / (share**2 + (1 - share) ** 2).sqrt()
        latents = self.animates.sampler(self.animates.process, both, start, noise if self.last <= 0.5 else others_noise)
        film = self.mixed(coder.decode(latents, condition), coder.decode(latents, other)).clamp(-1, 1)
        given = torch.where((condition.mask > 0) & (other.mask > 0), self.mixed(condition.known, other.known), film)
        return given

    def other(self, condition: Condition) -> Condition:
        if self.picture is None:
            return condition
        picture = resize(to_float(read(self.picture).frames[:1])[None].to(condition.known), condition.size)
        if condition.channels == 1:
            picture = picture.mean(dim=2, keepdim=True)
        return condition._replace(known=picture * condition.mask)

    def mixed(self, one: Video, other: Video) -> Video:
        return torch.lerp(one, other, self.share(one))

    def share(self, video: Video) -> Float[Tensor, "1 t 1 1 1"]:
        """Of the other animation, frame by frame."""
        return torch.linspace(self.first, self.last, video.shape[1]).to(video)[None, :, None, None, None]
