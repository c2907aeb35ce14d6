"""A generator against named discriminators (Goodfellow et al. 2014, arXiv 1406.2661; MoCoGAN's frame and
clip judges, arXiv 1707.04993)."""

from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

from kineograph.animators.animator import Animator
from kineograph.animators.anneal import Anneal
from kineograph.animators.rehearsal import rehearse_game
from kineograph.animators.schedule import Schedule
from kineograph.animators.stage import Stage, some_frames
from kineograph.animators.trained import Player
from kineograph.core.errors import UserError
from kineograph.core.protocols import Adversarial, Compares, Generator, Penalises
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Generated, Penalty, PerClip, Scalar, Turn, Video, Weighted

VIEW = 1  # branches of the batch's noise
PENALTY = 2
FRAMES = 3
DROPOUT = 4
BETWEEN = 5
ANSWER = 6


class GanAnimator(Animator):
    """One pass from picture and codes to film. Each batch: the generator's turn, then the discriminators'.

    Both work in the codec's latents, which are the pixels themselves with the identity codec. Discriminators see all
    films, and penalties are taken, behind the view; the losses see films as they are. Raises UserError where a penalty
    names a discriminator that there is not.
    """

    def __init__(
        self,
        *,
        generator: nn.Module,
        discriminators: dict[str, Weighted],
        adversarial: Adversarial,
        penalties: dict[str, Penalty],
        penalty_interval: int,  # every so many batches, so many times as strong (lazy, arXiv 1912.04958 appendix B)
        penalty_anneal: Anneal,  # a factor on all penalties
        losses: dict[str, Weighted],
        condition_dropout: float,  # share of clips whose label, text and motion are withheld, so that they may be
        num_frames: int | None,  # of each clip that a batch shows, drawn anew; for generators of any moment. None: all
        num_answers: int,  # to each picture in the generator's turn; the second one is extras["second"]
        view: nn.Module,
        codec: Stage,
        optimizer: partial[torch.optim.Optimizer],
        discriminator_optimizer: partial[torch.optim.Optimizer],
        schedule: Schedule,
        beta2: Anneal | None,  # of both optimizers; None = as they have it
        seed: int,
        ema_halflife: int,
        grad_clip: float | None,  # of each optimizer but the codec's
        accumulate: int,
        compile: bool,
    ):
        for name, penalty in penalties.items():
            if absent := [judge for judge in penalty.judges or () if judge not in discriminators]:
                raise UserError(
                    f"animator.penalties.{name}.judges: there is no '{absent[0]}'; "
                    f"animator.discriminators are {', '.join(discriminators)}"
                )
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
        self.penalty_anneal = penalty_anneal
        self.losses = losses
        terms = [adversarial, *(loss.part for loss in losses.values())]
        self.compares = any(isinstance(part, Compares) for part in terms)
        self.condition_dropout = condition_dropout
        self.num_frames = num_frames
        self.num_answers = num_answers
        self.view = view
        self.optimizer = optimizer
        self.discriminator_optimizer = discriminator_optimizer
        self.schedule = schedule
        self.beta2 = beta2
        self.grad_clip = grad_clip
        self.average(generator=generator)

    def players(self) -> list[Player]:
        return [
            Player(self.optimizer, [self.generator], self.schedule, self.grad_clip, self.beta2),
            Player(self.discriminator_optimizer, [self.discriminators], self.schedule, self.grad_clip, self.beta2),
        ]

    def compiled(self) -> list[nn.Module]:
        return [self.generator]  # the penalties need a double backward, which torch.compile does not have

    def rehearse(self, video: Video, condition: Condition, noise: Noise) -> None:
        video, condition = some_frames(video, condition, self.num_frames, noise)
        rehearse_game(self.coder, self.generator, self.discriminators, self.view, video, condition, noise)

    def generate(self, condition: Condition, noise: Noise) -> Video:
        return self.film(condition, self.codes(condition, noise))

    def codes(self, condition: Condition, noise: Noise) -> Any:
        """What the averaged generator draws for these films, a named tuple."""
        generator: Generator = self.averaged["generator"]  # pyright: ignore[reportAssignmentType]
        return generator.sample_latent(self.coder.encode_condition(condition), noise)

    def film(self, condition: Condition, codes: Any) -> Video:
        """The averaged generator's film of these codes."""
        generator: Generator = self.averaged["generator"]  # pyright: ignore[reportAssignmentType]
        return self.coder.decode(generator(self.coder.encode_condition(condition), codes).video, condition)

    def play(self, clip: Clip, condition: Condition, noise: Noise) -> None:
        if self.condition_dropout:
            condition = condition.untold(noise.branch(DROPOUT).bernoulli(self.condition_dropout))
        video, condition = some_frames(clip.video, condition, self.num_frames, noise.branch(FRAMES))
        real, told = self.codec.encoded(video, condition)
        draws = [noise, *(noise.branch(ANSWER).branch(number) for number in range(1, self.num_answers))]
        codes = [self.generator.sample_latent(told, draw) for draw in draws]
        looks = [self.view.draw(real, noise.branch(VIEW).branch(turn), self.images_seen) for turn in (0, 1)]
        answers: list[Generated] = []
        confidence: list[Scalar] = []

        def generator_turn() -> dict[str, Scalar]:
            answers.extend(self.generator(told, latent) for latent in codes)
            extras = {"view": looks[0]} | answers[0].extras
            if self.num_answers > 1:
                extras |= {"second": answers[1].video, "codes_apart": apart(codes[0], codes[1])}
            return self.generator_terms(real, told, codes[0], Generated(answers[0].video, extras))

        self.step(0, generator_turn, clip)
        extras = {"view": looks[1]}
        wanted = wants(self.penalties_due())
        if "interpolation" in wanted:  # where each sample's penalty stands between real and fake
            extras["interpolation"] = noise.branch(BETWEEN).uniform()
        if "perturbation" in wanted:
            extras["perturbation"] = noise.branch(PENALTY).normal(*answers[0].video.shape[1:]).to(real)
        fake = Generated(answers[0].video.detach(), extras)

        def discriminators_turn() -> dict[str, Scalar]:
            terms, sure = self.discriminator_terms(real, told, codes[0], fake)
            confidence.append(sure)
            return terms

        self.step(1, discriminators_turn, clip)
        sure = self.trainer.strategy.reduce(confidence[0], reduce_op="mean")
        self.view.adapt(sure, condition.batch * self.trainer.world_size)

    def penalties_due(self) -> dict[str, Penalty]:
        """Those of this batch."""
        return {} if self.batches_seen % self.penalty_interval else self.penalties

    def generator_terms(
        self, real: Video, condition: Condition, latent: Any, generated: Generated
    ) -> dict[str, Scalar]:
        """Each discriminator's verdict and each named loss, weighted; losses see the features of all judges."""
        terms = {}
        seen_real, told = self.view(real, condition, generated.extras["view"])
        seen_fake, _ = self.view(generated.video, condition, generated.extras["view"])
        turn = Turn(real, generated.video, condition, latent, generated.extras, None, None, None)
        features_real, features_fake = [], []
        for name, judge in self.discriminators.items():
            judged = turn._replace(judged_fake=judge(seen_fake, told))
            features_fake += judged.judged_fake.features
            if self.compares:
                with torch.no_grad():
                    judged = judged._replace(judged_real=judge(seen_real, told))
                features_real += judged.judged_real.features
            terms[f"adversarial/{name}"] = self.discriminator_weights[name] * self.adversarial.generator(judged)
        turn = judged._replace(judged_fake=judged.judged_fake._replace(features=features_fake))
        if self.compares:
            turn = turn._replace(judged_real=judged.judged_real._replace(features=features_real))
        for name, (loss, weight) in self.losses.items():
            terms[name] = weight * loss(turn)
        return terms

    def discriminator_terms(
        self, real: Video, condition: Condition, latent: Any, fake: Generated
    ) -> tuple[dict[str, Scalar], Scalar]:
        """Each discriminator's adversarial loss and its penalties; ``fake`` carries no gradient.

        With it the mean sign of the real scores. A judge has the same weights for all looks of a turn: spectral
        normalisation takes one step a turn, and slopes by differences are not between two judges.
        """
        terms, signs = {}, []
        seen_real, told = self.view(real, condition, fake.extras["view"])
        seen_fake, _ = self.view(fake.video, condition, fake.extras["view"])
        due = self.penalties_due()
        wanted = wants(due)
        strength = self.penalty_interval * self.penalty_anneal(self.images_seen)
        seen_real = seen_real.detach().requires_grad_("real" in wanted)
        seen_fake = seen_fake.detach().requires_grad_("fake" in wanted)
        with parametrize.cached():
            for name, judge in self.discriminators.items():
                turn = Turn(
                    seen_real,
                    seen_fake,
                    told,
                    latent,
                    fake.extras,
                    judge(seen_real, told),
                    judge(seen_fake, told),
                    lambda video, judge=judge: judge(video, told),
                    real.shape[2],
                )
                signs.append(turn.judged_real.scores.detach().sign().mean())
                terms[f"discriminator/{name}"] = self.adversarial.discriminator(turn)
                for penalty, (loss, weight, judges) in due.items():
                    if judges is None or name in judges:
                        terms[f"{penalty}/{name}"] = strength * weight * loss(turn)
        return terms, torch.stack(signs).mean()


def wants(penalties: dict[str, Penalty]) -> set[str]:
    """What they look at (protocols.Penalises)."""
    return {penalty.part.wants for penalty in penalties.values() if isinstance(penalty.part, Penalises)}


def apart(one: Any, other: Any) -> PerClip:
    """Mean absolute difference of two draws of codes (named tuples of tensors), a clip."""
    differences = [(a - b).abs().flatten(1).float() for a, b in zip(one, other, strict=True)]
    return torch.cat(differences, dim=1).mean(dim=1)
