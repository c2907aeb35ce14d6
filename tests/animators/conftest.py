"""One way to fit a small animator on an endless deterministic sequence."""

from collections.abc import Callable

import pytest
from pytorch_lightning import Trainer
from torch.utils.data import DataLoader

from kineograph.animators.trained import Trained

from . import small


def fit_animator(animator: Trained, batches: int, size: int = 4, **options: object) -> Trained:
    """Goes on for so many batches from where the animator's clock stands."""
    first = animator.images_seen
    data = [small.batch(first + place * size, size) for place in range(batches)]
    trainer = Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
        **options,  # type: ignore[arg-type]
    )
    trainer.fit(animator, DataLoader(data, batch_size=None, collate_fn=tuple))  # type: ignore[arg-type]
    return animator


@pytest.fixture
def fit() -> Callable[..., Trained]:
    return fit_animator
