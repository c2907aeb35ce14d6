"""Warns when films of different pictures move alike, or not at all: a generator that has collapsed."""

import warnings
from typing import Any

import torch
from pytorch_lightning import LightningModule, Trainer

from kineograph.callbacks.periodic import Periodic
from kineograph.core.random import Noise, mix
from kineograph.core.types import Clip, Video
from kineograph.core.warp import nearest_known


class CollapseGuard(Periodic):
    """Every ``every_images`` images: how far apart the motions of ``num_pictures`` held-out pictures are, made against
    real. Logs ``eval/motion_spread``, 1 where they are as far apart as real ones; warns below ``lowest``.
    """

    def __init__(self, *, every_images: int, num_pictures: int, seed: int, lowest: float):
        super().__init__(every_images=every_images)
        self.num_pictures = num_pictures
        self.seed = seed
        self.lowest = lowest

    def act(self, trainer: Trainer, animator: LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        data: Any = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        clip = next(iter(data.held_out_loader(self.num_pictures, num_clips=self.num_pictures)))
        clip = Clip(*(field.to(animator.device) for field in clip))
        condition = data.task(clip)
        seeds = [mix(self.seed, key) for key in clip.key.tolist()]
        still = nearest_known(condition)
        made = animator.animate(condition, Noise(seeds, animator.device)) - still
        real = spread(clip.video - still)
        if real == 0:  # one picture, or films that stand still
            return
        ratio = spread(made) / real
        for logger in trainer.loggers:
            logger.log_metrics({"eval/motion_spread": ratio}, step=animator.images_seen)
        if ratio < self.lowest:
            warnings.warn(
                f"after {animator.images_seen} images films of {len(seeds)} pictures move alike or not at all "
                f"(motion_spread {ratio:.3g} of the real films'): a collapsed generator shows so; try "
                "animator/losses=[energy_score], a weaker judge, or more data",
                stacklevel=2,
            )


def spread(motion: Video) -> float:
    """Mean absolute difference of two films, over all pairs."""
    first, second = torch.triu_indices(len(motion), len(motion), 1)
    return float((motion[first] - motion[second]).abs().mean()) if len(first) else 0.0
