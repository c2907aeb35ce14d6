"""A trained animator read back from where it lies: a run folder, or the weights inside the package."""

from pathlib import Path
from typing import Any, NamedTuple

import kineograph
from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.core.run import Run, read_json
from kineograph.runtime.checkpoint_store import CheckpointStore
from kineograph.runtime.post_hoc import give_average
from kineograph.runtime.weights import import_weights, weights_hash

WEIGHTS = "weights.safetensors"


class Loaded(NamedTuple):
    """An animator ready to animate, and what is known of it."""

    animator: Any
    config: dict[str, Any]
    name: str
    kind: str  # trained or shipped
    folder: Path
    weights: str  # a hash of the averaged weights
    facts: dict[str, Any]  # command, images_seen, train_seconds


def shipped_folder(name: str) -> Path:
    """The folder of own weights inside the package. Raises UserError, listing what there is."""
    folder = Path(kineograph.__file__).parent / "shipped"
    there = sorted(path.parent.name for path in folder.glob(f"*/{WEIGHTS}"))
    if name not in there:
        raise UserError(f"there are no shipped weights '{name}'; there are: {', '.join(there) or 'none'}")
    return folder / name


def load(
    run: Run,
    config: dict[str, Any],  # the run's own, or amended
    device: str,
    kind: str,
    sigma_rel: float | None = None,
    ema_images: int | None = None,
) -> Loaded:
    """Builds the animator of ``config`` and gives it the run's newest weights; with ``sigma_rel`` it samples with an
    average of that memory at ``ema_images`` (None: the newest snapshot) instead, made of the run's snapshots.

    Raises UserError where the weights or the snapshots are missing or damaged.
    """
    animator = build(config["animator"])
    facts = read_json(run.path / "card.json") if kind == "shipped" else run.facts() | run.status()
    if (run.path / WEIGHTS).is_file():
        import_weights(animator, run.path / WEIGHTS)
    else:
        state = CheckpointStore(folder=str(run.checkpoints), keep=2).latest()
        if state is None:
            raise UserError(f"'{run.path}' holds no checkpoint yet; train it with kineograph train resume={run.path}")
        try:
            kept = state["animator"]  # averages for later (callbacks=[power_averages]) are no part of the animator
            animator.load_state_dict({name: kept[name] for name in kept if not name.startswith("power_averages.")})
        except RuntimeError as error:
            raise UserError(
                f"the checkpoint in '{run.path}' does not fit the configuration: {' '.join(str(error).split())[:300]}"
            ) from error
        facts["images_seen"], facts["train_seconds"] = state["images_seen"], state["train_seconds"]
    if sigma_rel is None and ema_images is not None:
        raise UserError(f"ema_images={ema_images} is of an average; name its memory, sigma_rel=0.05 say")
    if sigma_rel is not None:
        give_average(animator, run.path / "averages", sigma_rel, ema_images)
    animator.eval().requires_grad_(False).to(device)
    name = f"shipped_{run.path.name}" if kind == "shipped" else str(config.get("name") or run.path.name)
    return Loaded(animator, config, name, kind, run.path, weights_hash(animator), facts)
