"""Weights & Biases against ``images_seen``: rank 0 only, offline end to end, films passed as finished files."""

import json
import math
import os
import warnings
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from kineograph.core.run import read_json, write_atomic

CLOCK = "images_seen"
SENT = "wandb_sent.json"


class WandbLog(Logger):
    """One W&B run a run folder, whose id is kept there, so that a resumed run goes on in the same one.

    A server that cannot be reached costs ``init_timeout`` seconds once; then the run is logged offline, one part from
    each start, and ``wandb sync`` sends them later, one at a time (at once they may overwrite each other). Training
    never depends on it. W&B forgets nothing, so a run that was killed after its last checkpoint skips, when it is
    resumed, the rows that it has sent already.
    """

    def __init__(
        self,
        *,
        run_dir: str,
        project: str,
        entity: str | None,
        mode: str,  # offline or online
        init_timeout: float,  # seconds
        finish_timeout: float,  # seconds to wait for the last uploads
        checkpoint: bool,  # the newest one becomes an artifact at the end, with its configuration
    ):
        super().__init__()
        self.run_dir = Path(run_dir)
        self.project = project
        self.entity = entity
        self.mode = mode
        self.init_timeout = init_timeout
        self.finish_timeout = finish_timeout
        self.checkpoint = checkpoint
        self.config: dict[str, Any] = {}
        self.sent = read_json(self.run_dir / SENT)  # the moment of the last row, and its names
        self._run: Any = None
        self._broken = False

    @property
    def name(self) -> str:
        return self.project

    @property
    def version(self) -> str:
        return self.run_id()

    def run_id(self) -> str:
        """The id in RUN/wandb_id, made at first use; in a sweep of W&B the agent's, by which the server knows it."""
        path = self.run_dir / "wandb_id"
        if not path.is_file():
            self.run_dir.mkdir(parents=True, exist_ok=True)
            given = os.environ.get("WANDB_RUN_ID") if os.environ.get("WANDB_SWEEP_ID") else None
            path.write_text(given or os.urandom(4).hex())
        return path.read_text().strip()

    @property
    def experiment(self) -> Any:
        """The W&B run, begun at first use; None when it cannot be begun at all, and on every rank but 0.

        Lightning asks for it on all ranks; a second one with the same id would throw the first one out.
        """
        if rank_zero_only.rank != 0:
            return None
        if self._run is None and not self._broken:
            self._run = self._begin(self.mode)
        return self._run

    def _begin(self, mode: str) -> Any:
        import wandb  # slow, and pulls in much that nothing else needs

        try:
            run = wandb.init(
                project=self.project,
                entity=self.entity,
                dir=self.run_dir,
                id=self.run_id(),
                name=self.run_dir.name,
                resume="allow",  # offline, too: of the next part `wandb sync` then asks where the earlier ones end
                mode="offline" if mode == "offline" else "online",
                config=self.config,
                settings=wandb.Settings(
                    init_timeout=self.init_timeout if mode == "online" else 60.0,  # offline only a busy machine waits
                    finish_timeout=self.finish_timeout,
                    silent=True,
                    console="off",
                    disable_git=True,
                    save_code=False,
                    x_disable_stats=True,
                ),
            )
        except Exception as error:  # whatever goes wrong here must not stop training
            line = " ".join(str(error).split())[:200]
            if mode == "offline":
                self._broken = True
                warnings.warn(f"W&B cannot be started ({line}); this run is not logged there", stacklevel=2)
                return None
            warnings.warn(
                f"the W&B server cannot be reached ({line}); logging offline, send it later, one part after the other: "
                f"for part in {self.run_dir}/wandb/offline-*; do wandb sync $part; done",
                stacklevel=2,
            )
            wandb.teardown()  # its service holds on to the id that it could not begin
            return self._begin("offline")
        run.define_metric(CLOCK)
        run.define_metric("*", step_metric=CLOCK)
        return run

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        self.config = params

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        kept = {name: float(value) for name, value in metrics.items() if not math.isnan(float(value))}
        self._log(kept | {CLOCK: int(step or 0)})

    @rank_zero_only
    def show(self, name: str, film: Path, strip: Path, images_seen: int) -> None:
        """The film as we encoded it."""
        if self.experiment is None:
            return
        import wandb

        shown = wandb.Video(str(film)) if film.suffix in (".mp4", ".webm", ".gif") else wandb.Image(str(strip))
        self._log({name: shown, CLOCK: images_seen})

    def _log(self, row: dict[str, Any]) -> None:
        run = self.experiment
        if run is None or self._is_sent(row):
            return
        try:
            run.log(row)
            same = self.sent.get(CLOCK) == row[CLOCK]
            self.sent = {CLOCK: row[CLOCK], "names": [*(self.sent["names"] if same else []), *row]}
            write_atomic(self.run_dir / SENT, json.dumps(self.sent))
        except Exception as error:  # the service behind W&B may die at any time
            self._broken, self._run = True, None
            warnings.warn(f"W&B stopped working ({' '.join(str(error).split())[:200]}); training goes on", stacklevel=2)

    def _is_sent(self, row: dict[str, Any]) -> bool:
        last = self.sent.get(CLOCK, -1)
        return row[CLOCK] < last or (row[CLOCK] == last and set(row) <= set(self.sent["names"]))

    @rank_zero_only
    def finalize(self, status: str) -> None:
        if self._run is not None:
            run, self._run, self._broken = self._run, None, True
            try:
                self._send_table(run)
                if self.checkpoint:
                    self._send_checkpoint(run)
                run.finish(exit_code=0 if status == "success" else 1)
            except Exception as error:  # as above
                warnings.warn(f"W&B could not finish ({' '.join(str(error).split())[:200]})", stacklevel=2)

    def _send_table(self, run: Any) -> None:
        """The periodic evaluations, one row each."""
        import wandb

        files = sorted((self.run_dir / "evaluations").glob("periodic-*.json"))
        rows = [{CLOCK: row[CLOCK]} | row["metrics"] for row in map(read_json, files)]
        if rows:
            columns = list(dict.fromkeys(name for row in rows for name in row))
            run.log({"evaluations": wandb.Table(columns=columns, data=[[row.get(c) for c in columns] for row in rows])})

    def _send_checkpoint(self, run: Any) -> None:
        import wandb

        newest = max((self.run_dir / "checkpoints").glob("images-*.ckpt"), default=None)
        if newest is not None:
            artifact = wandb.Artifact(f"checkpoint-{self.run_id()}", type="model", metadata={"file": newest.name})
            for path in (newest, self.run_dir / "config.yaml"):
                artifact.add_file(str(path))
            run.log_artifact(artifact, aliases=["latest"])
