"""The log that is always there: one wide CSV file, one row a call, ``images_seen`` first."""

import csv
import math
import os
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

CLOCK = "images_seen"


class CsvLog(Logger):
    """RUN/metrics.csv. A new column rewrites the file in one step; a resumed run cuts what came after its start."""

    def __init__(self, *, path: str):
        super().__init__()
        self.path = Path(path)
        self.columns: list[str] = []
        if self.path.is_file():
            with self.path.open(newline="") as file:
                self.columns = next(csv.reader(file), [])

    @property
    def name(self) -> str:
        return "csv"

    @property
    def version(self) -> str:
        return ""

    @rank_zero_only
    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        """config.yaml has them."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Writes one row through to the file."""
        row = {CLOCK: int(step or 0)} | {name: float(value) for name, value in metrics.items()}
        new = [name for name in row if name not in self.columns]
        if new:
            rows = self.rows()
            self.columns = self.columns + new
            self._rewrite(rows)
        with self.path.open("a", newline="") as file:
            csv.writer(file).writerow([_text(row.get(name)) for name in self.columns])

    @rank_zero_only
    def rewind(self, images_seen: int) -> None:
        """Forgets every row after this moment of the run."""
        rows = self.rows()
        kept = [row for row in rows if int(row[CLOCK]) <= images_seen]
        if len(kept) < len(rows) or (rows and not self.path.read_text().endswith("\n")):
            self._rewrite(kept)

    def rows(self) -> list[dict[str, str]]:
        """All whole rows. The last one may be half-written after a kill; it is left out."""
        if not self.path.is_file():
            return []
        text = self.path.read_text()
        whole = text[: text.rfind("\n") + 1]
        rows = csv.DictReader(whole.splitlines())
        return [row for row in rows if None not in row.values() and row[CLOCK].isdigit()]

    def _rewrite(self, rows: list[dict[str, str]]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(f".{self.path.name}.tmp")
        with temporary.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(self.columns)
            writer.writerows([[row.get(name, "") for name in self.columns] for row in rows])
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self.path)


def _text(value: float | int | None) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(value)
