"""A denoiser, the process that made the noise, and the sampler that walks back (Ho et al. 2020, arXiv 2006.11239;
Karras et al. 2022, arXiv 2206.00364; Liu et al. 2022, arXiv 2209.03003)."""

from collections.abc import Callable
from functools import partial

import torch
from einops import reduce
from jaxtyping import Float
from torch import Tensor, nn

from kineograph.animators.animator import Animator
from kineograph.animators.rehearsal import rehearse_denoiser
from kineograph.animators.schedule import Schedule
from kineograph.animators.stage import Stage
from kineograph.animators.trained import Player
from kineograph.core.errors import UserError
from kineograph.core.protocols import Guidance, Process, Rollout, Sampler
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Level, Mask, Scalar, Video
from kineograph.core.warp import keep_known

SHAKE = 1  # branch of the batch's noise


class DiffusionAnimator(Animator):
    """Many passes from noise to the codec's latents."""

    def __init__(
        self,
        *,
        denoiser: nn.Module,
        process: Process,
        sampler: Sampler,
        guidance: Guidance,
        rollout: Rollout,
        codec: Stage,
        uncertainty: nn.Module | None,  # learns how much error to expect at each level, and weighs levels by it
        condition_dropout: float,  # share of clips whose label, text and motion are withheld (for guidance)
        condition_noise: float,  # most noise on given frames, against films that stand still (arXiv:2311.15127)
        optimizer: partial[torch.optim.Optimizer],
        schedule: Schedule,
        seed: int,
        ema_halflife: int,
        grad_clip: float | None,
        accumulate: int,
        compile: bool,
    ):
        super().__init__(
            codec=codec,
            seed=seed,
            ema_halflife=ema_halflife,
            accumulate=accumulate,
            compile=compile,
        )
        self.denoiser = denoiser
        self.process = process
        self.sampler = sampler
        self.guidance = guidance
        self.rollout = rollout
        self.uncertainty = uncertainty
        self.condition_dropout = condition_dropout
        self.condition_noise = condition_noise
        self.optimizer = optimizer
        self.schedule = schedule
        self.grad_clip = grad_clip
        self.average(denoiser=denoiser)

    def players(self) -> list[Player]:
        learning = [self.denoiser] if self.uncertainty is None else [self.denoiser, self.uncertainty]
        return [Player(self.optimizer, learning, self.schedule, self.grad_clip)]

    def compiled(self) -> list[nn.Module]:
        return [network for player in self.players() for network in player.networks]

    def rehearse(self, video: Video, condition: Condition, noise: Noise) -> None:
        rehearse_denoiser(self.coder, self.process, self.denoiser, video, condition, noise)

    def generate(self, condition: Condition, noise: Noise) -> Video:
        return self.rollout(self.window, condition, noise)

    def window(self, condition: Condition, noise: Noise) -> Video:
        """One window of film: noise to latents by the sampler, latents to pixels by the codec."""
        start = noise.normal(*self.coder.latent_shape(condition))
        film = self.coder.decode(self.sampler(self.process, self.estimate(condition), start, noise), condition)
        return keep_known(film.clamp(-1, 1), condition)  # before the next window is told its end

    def estimate(self, condition: Condition) -> Callable[[Video, Level], Video]:
        """The clean latents that the averaged denoiser sees in noisy ones, guided, under this condition of pixels.

        What is given is put back at every step, since no loss ever asked for it, and colours are held in their range.
        Raises UserError where the codec shortens time and given frames do not fill a frame of its latents.
        """
        denoise = self.guidance(partial(self.process.denoise, self.averaged["denoiser"]))
        told = self.coder.encode_condition(condition)
        require_told(condition.mask, told.mask)
        return lambda noisy, level: self.coder.project(denoise(noisy, level, told), told)

    def play(self, clip: Clip, condition: Condition, noise: Noise) -> None:
        condition = condition.untold(noise.bernoulli(self.condition_dropout))
        latents, told = self.codec.encoded(clip.video, condition)
        if self.condition_noise:
            told = self.shaken(condition, noise.branch(SHAKE))
        level = self.process.sample_level(noise, latents.shape[1])
        added = noise.normal(*latents.shape[1:])
        self.step(0, lambda: self.denoising_terms(latents, told, level, added), clip)

    @torch.no_grad()
    def shaken(self, condition: Condition, noise: Noise) -> Condition:
        """Given frames with noise on their pixels, of a standard deviation between 0 and ``condition_noise`` that each
        clip draws for itself, as the codec shows them: a picture shown beside other frames has the same noise there.
        """
        strength = (self.condition_noise * noise.uniform())[:, None, None, None, None]
        added = strength * noise.normal(*condition.known.shape[1:])
        return self.coder.encode_condition(condition._replace(known=condition.known + added * (condition.mask > 0)))

    def denoising_terms(
        self,
        latents: Video,
        condition: Condition,  # as the codec encodes it
        level: Level,
        added: Video,  # the standard normal noise
    ) -> dict[str, Scalar]:
        """The weighted squared error of the clean latents where they were not given."""
        noisy = self.process.corrupt(latents, added, level)
        estimate = self.process.denoise(self.denoiser, noisy, level, condition)
        error = reduce((estimate - latents).square() * (1 - condition.mask), "b t c h w -> b t", "mean")
        weight = self.process.weight(self.process.shown_level(level, condition))
        weight = weight if weight.ndim == 2 else weight[:, None]
        error = weight * error
        if self.uncertainty is not None:
            level = level if level.ndim == 2 else level[:, None]
            error = self.uncertainty.balanced(error, self.process.alpha(level), self.process.sigma(level))
        return {"denoising": error.mean()}


def require_told(mask: Mask, coarse: Float[Tensor, "b u 1 _ _"]) -> None:
    """Every frame given as a whole is in a frame of latents that is told. Raises UserError."""
    t, u = mask.shape[1], coarse.shape[1]
    if t == u:
        return
    stride = -(-(t - 1) // (u - 1))
    given, told = (part.amin(dim=(2, 3, 4)) >= 1 for part in (mask, coarse))  # b t, b u
    place = (torch.arange(t, device=mask.device) + stride - 1) // stride
    if bool((given & ~told[:, place]).any()):
        raise UserError(
            f"the codec makes one frame of latents of every {stride} frames after the first, and given frames that do "
            f"not fill one would go unseen; give the first 1, {1 + stride}, {1 + 2 * stride}, ... frames "
            "(data.task.num_known, animator.rollout.num_known), ask for another length (--frames) where the last "
            "window of a roll-out is given more than the others, or use a codec of single frames"
        )
