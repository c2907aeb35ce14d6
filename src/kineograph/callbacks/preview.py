"""Animates the same held-out pictures with the same seeds again and again, so that progress can be seen."""

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from einops import rearrange
from pytorch_lightning import LightningModule, Trainer

from kineograph.callbacks.periodic import Periodic
from kineograph.core.random import Noise, mix
from kineograph.core.types import Clip, Video
from kineograph.core.video import to_uint8, write


@runtime_checkable
class Shows(Protocol):
    """A log that takes films."""

    def show(self, name: str, film: Path, strip: Path, images_seen: int) -> None: ...


class Preview(Periodic):
    """Writes RUN/previews/images-N.mp4 (the real clips above, the animated ones below) and a strip of its frames."""

    def __init__(self, *, every_images: int, num_pictures: int, seed: int, run_dir: str, film: str):
        super().__init__(every_images=every_images)
        self.num_pictures = num_pictures
        self.seed = seed
        self.folder = Path(run_dir) / "previews"
        self.film = film  # the file's ending: .mp4 .webm .webp .gif
        self.clip: Clip | None = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        super().on_train_start(trainer, pl_module)
        self.held_out(trainer)  # data that hold nothing out are told before the training, not after it

    def held_out(self, trainer: Trainer) -> Clip:
        """The clips that are shown, always the same."""
        if self.clip is None:
            data: Any = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
            self.clip = next(iter(data.held_out_loader(self.num_pictures, num_clips=self.num_pictures)))
        return self.clip

    def act(self, trainer: Trainer, animator: LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        data: Any = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        clip = Clip(*(field.to(animator.device) for field in self.held_out(trainer)))
        seeds = [mix(self.seed, key) for key in clip.key.tolist()]
        with torch.no_grad():
            fake = animator.animate(data.task(clip), Noise(seeds, animator.device))
        frames = to_uint8(grid(clip.video, fake))
        seconds = float(clip.times[0, 1] - clip.times[0, 0]) if clip.times.shape[1] > 1 else 1.0
        name = f"images-{animator.images_seen:012d}"
        facts = {"run": self.folder.parent.name, "seed": str(self.seed), "images_seen": str(animator.images_seen)}
        film = write(self.folder / f"{name}{self.film}", frames, 1 / seconds, facts)
        strip = write(self.folder / f"{name}.png", frames, 1 / seconds, facts)
        for logger in trainer.loggers:
            if isinstance(logger, Shows):
                logger.show("preview", film, strip, animator.images_seen)


def grid(real: Video, fake: Video) -> torch.Tensor:
    """One film t c h w: real clips side by side above, animated ones below; small pictures are enlarged."""
    rows = rearrange([real.cpu().float(), fake.cpu().float()], "row b t c h w -> t c (row h) (b w)")
    times = max(1, 96 // real.shape[-1])
    return rows.repeat_interleave(times, dim=2).repeat_interleave(times, dim=3)
