"""Starts one worker a rank with torchrun's own machinery; when one dies, all end."""

import contextlib
import logging
import os
import signal
import sys
import threading
import uuid
from collections.abc import Iterator
from types import FrameType
from typing import Any

from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from kineograph.core.build import allowed
from kineograph.core.errors import UserError
from kineograph.core.run import Run

ANSWERED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)  # by torchrun


def launch(run: Run, ranks: int) -> int:
    """``torchrun --standalone --nproc-per-node RANKS -m kineograph.runtime.worker RUN``; returns its exit code."""
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // ranks)))
    logging.getLogger("torch.distributed").setLevel(logging.CRITICAL)  # its tables of tracebacks; we print one line
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=ranks,
        run_id=uuid.uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        max_restarts=0,
        monitor_interval=0.2,
    )
    command = ["-u", "-m", "kineograph.runtime.worker", str(run.path), *(f"--allow={name}" for name in allowed())]
    try:
        with _handlers_kept():
            elastic_launch(config, sys.executable)(*command)
    except SignalException as stopped:
        if (state := run.status().get("state")) in ("finished", "preempted"):  # the ranks had said how they ended
            return 0 if state == "finished" else 143
        run.update_status(
            state="failed", error=f"stopped by {stopped.sigval.name} before a checkpoint could be written"
        )
        return 128 + stopped.sigval
    except ChildFailedError as error:
        rank, failure = first_failure(error)
        status: dict[str, Any] = run.status()
        if status.get("state") != "failed" or failure.exitcode < 0:
            status["error"] = f"rank {rank} died ({_cause(failure.exitcode)})"
            run.update_status(state="failed", error=status["error"])
        raise UserError(f"training stopped: {status.get('error')}; go on with resume={run.path}") from error
    return 143 if run.status().get("state") == "preempted" else 0


def first_failure(error: ChildFailedError) -> tuple[int, ProcessFailure]:
    """The rank that took the others with it.

    torchrun ends those with SIGTERM and lists them, too. Of several that ended in one second, the one that was killed
    was the first: the others failed because it did.
    """

    def order(found: tuple[int, ProcessFailure]) -> tuple[int, bool, bool]:
        code = found[1].exitcode
        return found[1].timestamp, code == -signal.SIGTERM, code >= 0

    return min(error.failures.items(), key=order)


@contextlib.contextmanager
def _handlers_kept() -> Iterator[None]:
    """torchrun answers signals with an exception, and would go on to when the ranks have ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    earlier = {number: signal.getsignal(number) for number in (*ANSWERED, signal.SIGUSR2)}
    signal.signal(signal.SIGUSR2, _as_sigterm)
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _as_sigterm(number: int, frame: FrameType | None) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _cause(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
