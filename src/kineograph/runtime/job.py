"""One job of a sweep: trains a prepared run in a process of its own, wherever a launcher put it, and leaves a status.

``python -m kineograph.runtime.job RUN COMMAND...``
"""

import contextlib
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from kineograph.core.errors import UserError
from kineograph.core.run import Run
from kineograph.runtime.registry import at_work

OVER = ("finished", "pruned")  # states after which nothing is left to do
POLL = 0.1  # seconds
GRACE = 60.0  # seconds in which what a killed process leaves behind (its loader's workers, a lock on a server) goes
HOLDER = "KINEOGRAPH_JOB"  # in the environment: the run whose lock a job holds for this process
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)  # some network file systems


class Job:
    """``job()`` runs the command that trains RUN from where it stands, and answers with the state it ended in.

    It may be called on any machine that sees the folder. Called twice, the second call waits for the end of the first
    and trains only what that one left. What the command prints goes to RUN/output.txt. The file RUN/stop, which holds
    the state to be left behind (preempted or pruned), asks the training to save and to end.
    """

    def __init__(self, run: Path, command: list[str]):
        self.run = run
        self.command = command
        self.folder = Path.cwd()
        self.child: subprocess.Popen | None = None

    def __call__(self) -> str:
        stop = self.run / "stop"
        with held(self.run / "job.lock", wait=lambda: not _word(stop)) as lock:
            return str(_word(stop)) if lock is None else self._train(*lock)

    def _train(self, lock: IO, waited: bool) -> str:
        state = self.state()
        if state in OVER or (waited and state == "failed"):
            return state
        Run(self.run).update_status(state="running", error=None)
        with (self.run / "output.txt").open("ab") as output:
            self.child = subprocess.Popen(
                self.command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[lock.fileno()],  # the run stays locked as long as anything trains it
                env=os.environ | {HOLDER: str(self.run)},
            )
        try:
            return self._watch()
        finally:
            self.child = None

    def state(self) -> str:
        return str(Run(self.run).status().get("state"))

    def stop(self, state: str) -> None:
        """Asks for the end of the training, from any process."""
        (self.run / "stop").write_text(state)

    def end(self, state: str) -> None:
        """Stops the training at once (it saves) and waits for its end; in the process that called the job."""
        if (child := self.child) is not None:
            child.terminate()
            # not child.wait(): a signal may have come in the midst of child.poll(), whose lock wait() would wait for
            with contextlib.suppress(ChildProcessError):  # that poll has seen the end already
                os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            self._settle(state, 0)

    def _watch(self) -> str:
        asked = None
        assert self.child is not None
        while (code := self.child.poll()) is None:
            if asked is None and (asked := _word(self.run / "stop")):
                self.child.terminate()
            time.sleep(POLL)
        self._settle(asked, code)
        return self.state()

    def _settle(self, asked: str | None, code: int) -> None:
        """A process that could not tell how it ended is told of."""
        (self.run / "stop").unlink(missing_ok=True)
        state = self.state()
        if asked and state not in OVER:  # what is stopped while it starts may call that a failure
            Run(self.run).update_status(state=asked, error=None)
        elif state == "running":
            cause = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            Run(self.run).update_status(state="failed", error=f"{cause}: {self._last_line()}".rstrip(": "))

    def _last_line(self) -> str:
        lines = (self.run / "output.txt").read_text(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


@contextlib.contextmanager
def held(path: Path, wait: Callable[[], bool]) -> Iterator[tuple[IO, bool] | None]:
    """The file, locked, and whether another process had it before; None where that one has it still.

    Asks ``wait`` now and then whether to go on waiting.
    """
    with path.open("a") as file:
        waited = False
        while not (mine := _locked(file)) and wait():
            waited = True
            time.sleep(POLL)
        yield (file, waited) if mine else None


def _locked(file: IO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    return True


@contextlib.contextmanager
def alone(run: Run) -> Iterator[None]:
    """Nobody else trains the run meanwhile. Raises UserError where somebody does."""
    holder = os.environ.get(HOLDER)
    if holder is not None and Path(holder).resolve() == run.path.resolve():
        yield
        return
    end = time.monotonic() + GRACE

    def wait() -> bool:
        status = run.status()
        here = status.get("host") == socket.gethostname() and at_work(status)
        return not here and time.monotonic() < end

    with held(run.path / "job.lock", wait) as lock:
        if lock is None:
            status = run.status()
            raise UserError(
                f"'{run.path}' is being trained already (process {status.get('pid')} on {status.get('host')}); wait "
                "until that has ended, or stop it"
            )
        yield


def _word(path: Path) -> str | None:
    try:
        return path.read_text() or None
    except OSError:
        return None


def main(argv: list[str]) -> int:
    """Runs one job here. Every signal that asks it to end is handed on."""
    job = Job(Path(argv[0]), argv[1:])
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2):
        signal.signal(number, lambda *_: job.stop("preempted"))
    return int(job() not in OVER)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
