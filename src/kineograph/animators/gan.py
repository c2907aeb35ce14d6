"""A generator against named discriminators (Goodfellow et al. 2014, arXiv 1406.2661; MoCoGAN's frame and
clip judges, arXiv 1707.04993)."""

from functools import partial
from typing import Any

import torch
from torch import nn

from kineograph.animators.animator import Animator
from kineograph.animators.schedule import Schedule
from kineograph.animators.stage import Stage
from kineograph.animators.trained import Player
from kineograph.core.protocols import Adversarial, Generator
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Generated, Judged, Scalar, Turn, Video, Weighted


class GanAnimator(Animator):
    """One pass from picture and codes to film. Each batch: the generator's turn, then the discriminators'.

    Both work in the codec's latents, which are the pixels themselves with the identity codec.
    """

    def __init__(
        self,
        *,
        generator: nn.Module,
        discriminators: dict[str, Weighted],
        adversarial: Adversarial,
        penalties: dict[str, Weighted],
        penalty_interval: int,  # every so many batches, so many times as strong (lazy, arXiv 1912.04958 appendix B)
        losses: dict[str, Weighted],
        num_answers: int,  # to each picture in the generator's turn; the second one is extras["second"]
        codec: Stage,
        optimizer: partial[torch.optim.Optimizer],
        discriminator_optimizer: partial[torch.optim.Optimizer],
        schedule: Schedule,
        seed: int,
        ema_halflife: int,
        grad_clip: float | None,  # of each optimizer but the codec's
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
        self.generator = generator
        self.discriminators = nn.ModuleDict({name: entry.part for name, entry in discriminators.items()})
        self.discriminator_weights = {name: entry.weight for name, entry in discriminators.items()}
        self.adversarial = adversarial
        self.penalties = penalties
        self.penalty_interval = penalty_interval
        self.losses = losses
        self.num_answers = num_answers
        self.optimizer = optimizer
        self.discriminator_optimizer = discriminator_optimizer
        self.schedule = schedule
        self.grad_clip = grad_clip
        self.average(generator=generator)

    def players(self) -> list[Player]:
        return [
            Player(self.optimizer, [self.generator], self.schedule, self.grad_clip),
            Player(self.discriminator_optimizer, [self.discriminators], self.schedule, self.grad_clip),
        ]

    def compiled(self) -> list[nn.Module]:
        return [self.generator]  # the penalties need a double backward, which torch.compile does not have

    def generate(self, condition: Condition, noise: Noise) -> Video:
        generator: Generator = self.averaged["generator"]  # pyright: ignore[reportAssignmentType]
        told = self.coder.encode_condition(condition)
        return self.coder.decode(generator(told, generator.sample_latent(told, noise)).video, condition)

    def play(self, clip: Clip, condition: Condition, noise: Noise) -> None:
        with torch.no_grad():
            real = self.coder.encode(clip.video, condition)
        told = self.coder.encode_condition(condition)
        codes = [self.generator.sample_latent(told, noise) for _ in range(self.num_answers)]
        between = noise.uniform()  # where each sample's gradient penalty stands between real and fake
        answers: list[Generated] = []

        def generator_turn() -> dict[str, Scalar]:
            answers.extend(self.generator(told, latent) for latent in codes)
            second = {"second": answers[1].video} if self.num_answers > 1 else {}
            extras = second | answers[0].extras
            return self.generator_terms(real, told, codes[0], Generated(answers[0].video, extras))

        self.step(0, generator_turn, clip)
        fake = Generated(answers[0].video.detach(), {"interpolation": between})
        self.step(1, lambda: self.discriminator_terms(real, told, codes[0], fake), clip)

    def generator_terms(
        self, real: Video, condition: Condition, latent: Any, generated: Generated
    ) -> dict[str, Scalar]:
        """Each discriminator's verdict and each named loss, weighted; losses see the features of all judges."""
        terms = {}
        turn = Turn(real, generated.video, condition, latent, generated.extras, None, None, None)
        features_real, features_fake = [], []
        for name, judge in self.discriminators.items():
            with torch.no_grad():
                judged_real = judge(real, condition)
            judged_fake = judge(generated.video, condition)
            features_real += judged_real.features
            features_fake += judged_fake.features
            judged = turn._replace(judged_real=judged_real, judged_fake=judged_fake)
            terms[f"adversarial/{name}"] = self.discriminator_weights[name] * self.adversarial.generator(judged)
        turn = turn._replace(
            judged_real=Judged(judged_real.scores, features_real), judged_fake=Judged(judged_fake.scores, features_fake)
        )
        for name, (loss, weight) in self.losses.items():
            terms[name] = weight * loss(turn)
        return terms

    def discriminator_terms(self, real: Video, condition: Condition, latent: Any, fake: Generated) -> dict[str, Scalar]:
        """Each discriminator's adversarial loss and its penalties; ``fake`` carries no gradient."""
        terms = {}
        for name, judge in self.discriminators.items():
            turn = Turn(
                real,
                fake.video,
                condition,
                latent,
                fake.extras,
                judge(real, condition),
                judge(fake.video, condition),
                lambda video, judge=judge: judge(video, condition),
            )
            terms[f"discriminator/{name}"] = self.adversarial.discriminator(turn)
            if self.batches_seen % self.penalty_interval == 0:
                for penalty, (loss, weight) in self.penalties.items():
                    terms[f"{penalty}/{name}"] = self.penalty_interval * weight * loss(turn)
        return terms
