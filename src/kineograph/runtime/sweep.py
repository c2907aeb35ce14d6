"""A sweep: a folder whose subfolders 0000, 0001, ... are the runs of its jobs, and the loop that sees them through."""

import contextlib
import json
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Protocol, runtime_checkable

from kineograph.core.errors import UserError
from kineograph.core.run import Run, read_json, write_atomic
from kineograph.runtime.job import OVER, Job, held
from kineograph.runtime.registry import at_work, state

POLL = 0.2  # seconds
SIGNALS = (signal.SIGTERM, signal.SIGINT)


@runtime_checkable
class Launched(Protocol):
    """A job that was given to a launcher."""

    def over(self) -> bool: ...


@runtime_checkable
class Launcher(Protocol):
    """Runs jobs, each in a process of its own, so many at once."""

    jobs: int
    stays: bool  # what it started goes on when the controller is told to stop: a queue on a cluster

    def start(self, job: Job) -> Launched: ...


@runtime_checkable
class Sweeper(Protocol):
    """Says which jobs there are; a job is the list of its overrides."""

    def plan(self, overrides: list[str]) -> list[list[str]]: ...  # the jobs that are known before any has run

    def begin(self, folder: Path) -> None: ...

    def ask(self, name: str) -> list[str] | None: ...  # one more job, whose run is called that

    def hopeless(self, run: Run) -> bool: ...  # not worth going on with

    def learn(self, run: Run) -> None: ...  # a job has ended

    def word(self) -> str: ...  # what came of it all, in one line


class Sweep:
    """The folders say how far a sweep has come, so that it goes on when its controller was killed.

    sweep.json, written once all that was known at the start is prepared, says how the sweep was asked for.
    """

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    def open(cls, path: Path) -> "Sweep":
        """Raises UserError where there is none."""
        if not (path / "sweep.json").is_file():
            raise UserError(f"'{path}' is not the folder of a sweep: it has no sweep.json")
        return cls(path.resolve())

    def describe(self, overrides: list[str], config_dirs: list[str]) -> None:
        folders = [str(Path(folder).resolve()) for folder in config_dirs]
        write_atomic(self.path / "sweep.json", json.dumps({"overrides": overrides, "config_dirs": folders}, indent=1))

    def asked(self) -> tuple[list[str], list[str]]:
        """The overrides and the user's folders of YAML."""
        told = read_json(self.path / "sweep.json")
        return list(told.get("overrides", [])), list(told.get("config_dirs", []))

    def runs(self) -> list[Run]:
        """The prepared ones, in order."""
        return [Run(path.parent) for path in sorted(self.path.glob("[0-9]*/config.yaml"))]

    def next_folder(self) -> Path:
        numbers = [int(path.name) for path in self.path.glob("[0-9]*") if path.name.isdigit()]
        return self.path / f"{max(numbers, default=-1) + 1:04}"

    def unfinished(self, retry_failed: bool) -> list[Run]:
        """What is left to do among the runs that are prepared; failed ones only when they are to be tried again."""
        done = OVER if retry_failed else (*OVER, "failed")
        return [run for run in self.runs() if state(run.status()) not in done]

    def conduct(
        self,
        sweeper: Sweeper,
        launcher: Launcher,
        prepare: Callable[[list[str], Path], Run],  # a run folder from overrides
        command: Callable[[Run], list[str]],  # what trains a run
        tell: Callable[[Run], None],  # called when a job has ended
        retry_failed: bool,
    ) -> int | None:
        """Runs what is left to run; returns the signal that ended it early, or None. Raises UserError.

        Told to stop, it lets the running jobs save and end; jobs on a cluster go on. Told again, it leaves at once.
        """
        going: dict[Path, tuple[Job, Launched]] = {}
        signals: list[int] = []

        def ask(number: int, frame: FrameType | None) -> None:
            if signals:
                raise KeyboardInterrupt
            signals.append(number)
            for job, _ in going.values():
                if not launcher.stays:
                    job.stop("preempted")

        with self._alone(), _answered(ask), self._watched(going, launcher):
            sweeper.begin(self.path)
            waiting = deque(self.unfinished(retry_failed))
            while True:
                while not signals and len(going) < launcher.jobs:
                    run = waiting.popleft() if waiting else self._further(sweeper, prepare)
                    if run is None:
                        break
                    (run.path / "stop").unlink(missing_ok=True)
                    job = Job(run.path, command(run))
                    going[run.path] = job, launcher.start(job)
                    if signals and not launcher.stays:  # they came while it was started
                        job.stop("preempted")
                if not going or (signals and launcher.stays):
                    return signals[0] if signals else None
                ended = [path for path, (_, launched) in going.items() if launched.over()]
                for path, (job, _) in list(going.items()):
                    run = Run(path)
                    if path in ended:
                        del going[path]
                        _settle(run)
                        sweeper.learn(run)
                        tell(run)
                    elif sweeper.hopeless(run):
                        job.stop("pruned")
                if not ended:
                    time.sleep(POLL)

    @contextlib.contextmanager
    def _watched(self, going: dict[Path, tuple[Job, Launched]], launcher: Launcher) -> Iterator[None]:
        """An error of the controller leaves no job behind that nobody watches."""
        try:
            yield
        except Exception:
            if not launcher.stays:
                for job, _ in going.values():
                    job.stop("preempted")
                while not all(launched.over() for _, launched in going.values()):
                    time.sleep(POLL)
            raise

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with held(self.path / "sweep.lock", wait=lambda: False) as lock:
            if lock is None:
                raise UserError(f"'{self.path}' is being run by another process; wait until that has ended")
            yield

    def _further(self, sweeper: Sweeper, prepare: Callable[[list[str], Path], Run]) -> Run | None:
        folder = self.next_folder()
        job = sweeper.ask(folder.name)
        return None if job is None else prepare(job, folder)


@contextlib.contextmanager
def _answered(ask: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    earlier = {number: signal.signal(number, ask) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _settle(run: Run) -> None:
    """A job that was lost together with the process that watched it."""
    told: dict[str, Any] = run.status()
    if told.get("state") in (None, "running") and not at_work(told):
        run.update_status(state="failed", error="the job ended without a word; see output.txt")
