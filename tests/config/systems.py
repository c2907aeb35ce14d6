"""The named systems at their tiny size, and a bare fit of one."""

from typing import Any

from pytorch_lightning import Trainer
from torch.utils.data import DataLoader

from kineograph.core.build import conf_dir


def tiny(family: str) -> list[str]:
    names = sorted(path.stem for path in (conf_dir() / "experiment" / family).glob("*.yaml"))
    return [f"{family}/{name}" for name in names if not name.endswith(("_small", "_paper"))]


SYSTEMS = [*tiny("gan"), *tiny("diffusion")]


def fit(animator: Any, batches: list, **more: Any) -> Any:
    """Trains on these (clip, condition) batches, with nothing beside."""
    trainer = Trainer(
        max_epochs=1,
        accelerator="cpu",
        use_distributed_sampler=False,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
        **more,
    )
    trainer.fit(animator, DataLoader(batches, batch_size=None, collate_fn=tuple))  # type: ignore[arg-type]
    return animator
