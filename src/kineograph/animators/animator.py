"""A trained model that animates: what previews, evaluation and the command line see of every family.

Every family works in the latents of a codec (latent diffusion, arXiv 2112.10752; with a motion codec, latent flow
diffusion, arXiv 2303.13744). The identity codec leaves pixels as they are.
"""

from abc import ABC, abstractmethod

import torch

from kineograph.animators.stage import Stage
from kineograph.animators.trained import Player, Trained
from kineograph.core.errors import UserError
from kineograph.core.protocols import Codec, Repeats
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Video
from kineograph.core.warp import keep_known


class Animator(Trained, ABC):
    """Adds `animate` to `Trained`, and the codec, which learns first."""

    def __init__(self, *, codec: Stage, seed: int, ema_halflife: int, accumulate: int, compile: bool):
        super().__init__(seed=seed, ema_halflife=ema_halflife, accumulate=accumulate, compile=compile)
        self.codec = codec

    @abstractmethod
    def players(self) -> list[Player]:
        """The family's own."""

    @abstractmethod
    def play(self, clip: Clip, condition: Condition, noise: Noise) -> None:
        """One batch of the family's own training, when the codec has finished."""

    @abstractmethod
    def generate(self, condition: Condition, noise: Noise) -> Video:
        """A film by the averaged weights, of the condition's size and number of frames."""

    @property
    def coder(self) -> Codec:
        return self.codec.network  # pyright: ignore[reportReturnType]

    def optimized(self) -> list[Player]:
        if self.codec.images == 0:
            return self.players()
        assert self.codec.optimizer is not None and self.codec.schedule is not None
        codec = Player(self.codec.optimizer, [self.codec], self.codec.schedule, self.codec.grad_clip)
        return [*self.players(), codec]

    def on_fit_start(self) -> None:
        if self.codec.kept is not None:
            data = self.trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
            for name, part in data.augment.items():
                if not isinstance(part, Repeats):
                    raise UserError(
                        f"animator.codec.kept: augment={name} never shows a clip twice, so nothing kept is found; "
                        "leave it out (horizontal_flip and time_reversal may stay), or animator.codec.kept=null"
                    )
            if data.speeds[0] != data.speeds[1]:
                raise UserError("animator.codec.kept: data.speeds draws every clip's speed; name one, [1.0,1.0] say")
        if self.images_seen == 0:  # from then on the checkpoints have it
            self.codec.begin()
        super().on_fit_start()

    def on_train_batch_start(self, batch: tuple[Clip, Condition], batch_idx: int) -> None:
        """Before all training, the codec's included, one clip of the first batch goes through every part."""
        if self.batches_seen > 0:
            return
        whole, told = batch
        clip = Clip(*(field[:1] for field in whole))
        condition = Condition(*(None if field is None else field[:1] for field in told))
        training = [module for module in self.modules() if module.training]
        self.eval()  # so that no statistics move
        with torch.no_grad(), torch.compiler.set_stance("force_eager"):  # nothing is compiled for one clip
            self.rehearse(clip.video, condition, Noise.at(self.seed, 0, 1, self.device))
        for module in training:
            module.training = True

    def rehearse(self, video: Video, condition: Condition, noise: Noise) -> None:
        """Raises UserError that names a part which does not take what the others make. All are in eval mode."""

    def learn(self, clip: Clip, condition: Condition, noise: Noise) -> None:
        if self.images_seen < self.codec.images:
            self.step(-1, lambda: self.codec.terms(clip, condition, noise), clip)
            return
        self.play(clip, condition, noise)
        self.update_average(condition.batch * self.trainer.world_size)

    def describe(self) -> dict[str, int]:
        """What a table says of the model: the parameters of the networks that sampling uses, whole (InfoGAN's reader,
        which training alone asks, is one of its generator's), and the codec's share and training."""
        codec = sum(p.numel() for p in self.codec.parameters())
        return {
            "parameters": codec + sum(p.numel() for p in self.averaged.parameters()),
            "codec_parameters": codec,
            "codec_images": self.codec.images,
        }

    @torch.no_grad()
    def animate(self, condition: Condition, noise: Noise) -> Video:
        """The film in [-1, 1], given pixels put back exactly; each sample depends on its condition and seed alone."""
        training = self.training
        self.eval()
        video = self.generate(condition, noise).clamp(-1, 1)
        self.train(training)
        return keep_known(video, condition)
