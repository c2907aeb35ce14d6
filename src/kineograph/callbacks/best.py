"""Keeps the checkpoint with the best score beside the newest ones."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from kineograph.callbacks.checkpointing import Checkpointing, Store
from kineograph.callbacks.evaluation import Evaluation
from kineograph.core.build import suggest
from kineograph.core.errors import UserError
from kineograph.core.run import Run, read_json, write_atomic


class Best(Callback):
    """RUN/best: a run folder of its own, with the checkpoint whose ``metric`` was best in the periodic evaluation.

    ``metric`` names a score: a metric's own or a part's (prdc_efflite0_recall). A score that is not a number never
    wins. It takes part where callbacks hold evaluation and checkpoint, in any order: the evaluation is over when its
    best is kept, so one that was cut off before is made again. Every verb takes RUN/best as ``run=``.

    Raises UserError at the start for a name that no metric begins and for a direction that the metric contradicts; at
    the first evaluation, which alone tells what parts there are, for a name that is none of the scores.
    """

    def __init__(self, *, run_dir: str, store: Store, metric: str, smaller_is_better: bool):
        self.run = Run(Path(run_dir))
        self.store = store
        self.metric = metric
        self.smaller_is_better = smaller_is_better

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        measured = self._only(trainer, Evaluation).metrics
        begins = [name for name in measured if f"{self.metric}_".startswith(f"{name}_")]
        if not begins:
            raise UserError(f"callbacks.best.metric: '{self.metric}' is not measured.{suggest(self.metric, measured)}")
        higher = measured[max(begins, key=len)].higher_is_better
        if higher is not None and bool(higher) == self.smaller_is_better:
            raise UserError(
                f"callbacks.best keeps the {'smallest' if higher else 'largest'} '{self.metric}', of which "
                f"{'more' if higher else 'less'} is better: set callbacks.best.smaller_is_better="
                f"{str(not higher).lower()}"
            )
        if self._only(trainer, Checkpointing).split:
            raise UserError("callbacks=[best] cannot gather the parts of trainer=fsdp; leave it out")

    def judge(self, trainer: Trainer, animator: LightningModule, scores: dict[str, float]) -> None:
        """Saves what has a better score. Raises UserError where no score has the name, on every rank."""
        if self.metric not in scores:
            names = [name for name in scores if not name.endswith(("_low", "_high"))]
            raise UserError(f"callbacks.best.metric: '{self.metric}' is none of the scores: {', '.join(names)}")
        if not trainer.is_global_zero:
            return
        score = scores[self.metric]
        folder = self.run.path / "best"
        champion = read_json(folder / "status.json").get("score", math.nan)
        better = score < champion if self.smaller_is_better else score > champion
        if math.isfinite(score) and (better or not math.isfinite(champion)):
            checkpointing = self._only(trainer, Checkpointing)
            self.store.save(checkpointing.state(trainer, animator), animator.images_seen)
            for name in ("config.yaml", "facts.json"):
                shutil.copyfile(self.run.path / name, folder / name)
            status = {"state": "finished", "metric": self.metric, "score": score, "images_seen": animator.images_seen}
            write_atomic(folder / "status.json", json.dumps(status, indent=1))

    def _only(self, trainer: Trainer, kind: type) -> Any:
        for callback in trainer.callbacks:
            if isinstance(callback, kind):
                return callback
        raise UserError("callbacks=[best] needs evaluation and checkpoint: callbacks=[evaluation,best,checkpoint]")
