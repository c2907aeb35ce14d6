"""A codec trained by itself, with judges of its films beside its losses ("VQGAN", Esser et al. 2021, arXiv:2012.09841,
equations 5 and 6, with a constant weight instead of equation 7)."""

from functools import partial

import torch
from torch import nn

from kineograph.animators.animator import Animator
from kineograph.animators.schedule import Schedule
from kineograph.animators.stage import Stage
from kineograph.animators.trained import Player
from kineograph.core.errors import UserError
from kineograph.core.protocols import Adversarial, Compares
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Scalar, Turn, Video, Weighted


class CodecAnimator(Animator):
    """Redraws the film that is its guide (task=redraw). Other runs begin with its averaged codec once it is exported.

    Judges play along once ``judged_from`` images were seen; without judges only the losses count.
    """

    def __init__(
        self,
        *,
        codec: Stage,  # its ``images`` are 0: the whole run is its training
        discriminators: dict[str, Weighted],
        adversarial: Adversarial,
        judged_from: int,  # images
        discriminator_optimizer: partial[torch.optim.Optimizer],
        schedule: Schedule,  # of the discriminators
        seed: int,
        ema_halflife: int,
        grad_clip: float | None,  # of the discriminators
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
        if codec.images or codec.optimizer is None:
            raise UserError(
                "animator=video_codec trains its codec all along: animator.codec.images=0, and one that can learn"
            )
        self.discriminators = nn.ModuleDict({name: entry.part for name, entry in discriminators.items()})
        self.discriminator_weights = {name: entry.weight for name, entry in discriminators.items()}
        self.adversarial = adversarial
        self.judged_from = judged_from
        self.discriminator_optimizer = discriminator_optimizer
        self.schedule = schedule
        self.grad_clip = grad_clip
        self.average(coder=codec.network)

    @property
    def coder(self) -> nn.Module:  # what `average` copies, and all that a codec is
        return self.codec.network

    def players(self) -> list[Player]:
        assert self.codec.optimizer is not None and self.codec.schedule is not None
        codec = Player(self.codec.optimizer, [self.codec], self.codec.schedule, self.codec.grad_clip)
        if not self.discriminators:
            return [codec]
        return [codec, Player(self.discriminator_optimizer, [self.discriminators], self.schedule, self.grad_clip)]

    def compiled(self) -> list[nn.Module]:
        return []  # a codec is called by its verbs, not as a whole

    def describe(self) -> dict[str, int]:
        parameters = sum(p.numel() for p in self.averaged.parameters())
        return {"parameters": parameters, "codec_parameters": parameters, "codec_images": self.images_seen}

    def generate(self, condition: Condition, noise: Noise) -> Video:
        if condition.guide is None or condition.guide.shape[1] != condition.num_frames:
            raise UserError("a codec redraws a film frame by frame: evaluate it with task=redraw")
        coder = self.averaged["coder"]
        return coder.decode(coder.encode(condition.guide, condition), condition)

    def play(self, clip: Clip, condition: Condition, noise: Noise) -> None:
        judged = bool(self.discriminators) and self.images_seen >= self.judged_from
        turns: list[Turn] = []

        def codecs_turn() -> dict[str, Scalar]:
            turns.append(self.codec.turn(clip, condition, noise))
            return self.codec.priced(turns[0]) | (self.verdicts(turns[0]) if judged else {})

        self.step(0, codecs_turn, clip)
        if judged:
            turn = turns[0]._replace(fake=turns[0].fake.detach())
            self.step(1, lambda: self.discriminator_terms(turn), clip)

    def verdicts(self, turn: Turn) -> dict[str, Scalar]:
        """What each judge thinks of the film redrawn, weighted."""
        terms = {}
        for name, judge in self.discriminators.items():
            judged = turn._replace(judged_fake=judge(turn.fake, turn.condition))
            if isinstance(self.adversarial, Compares):
                with torch.no_grad():
                    judged = judged._replace(judged_real=judge(turn.real, turn.condition))
            terms[f"adversarial/{name}"] = self.discriminator_weights[name] * self.adversarial.generator(judged)
        return terms

    def discriminator_terms(self, turn: Turn) -> dict[str, Scalar]:
        """What each judge learns from the film and the film redrawn."""
        return {
            f"discriminator/{name}": self.adversarial.discriminator(
                turn._replace(
                    judged_real=judge(turn.real, turn.condition), judged_fake=judge(turn.fake, turn.condition)
                )
            )
            for name, judge in self.discriminators.items()
        }
