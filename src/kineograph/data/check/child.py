"""A process that looks at films for this one: a file that hangs or breaks the decoder costs that process alone."""

import contextlib
import multiprocessing
import os
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue

from kineograph.data.check.finding import Seen
from kineograph.data.check.look import look

MEMORY = 6 * 2**30  # bytes a child may hold
WHOLE = 60  # a film may take so many times the time that is allowed between two of its frames


class Child:
    """One process at a time, started at the first film and after each one that ended it.

    ``seconds`` is how long it may be silent: a film that gives no frame so long is given up.
    """

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._process: multiprocessing.process.BaseProcess | None = None

    def look(self, path: Path, name: str) -> Seen:
        """What is seen of a film; never raises for what the file does."""
        if self._process is None:
            self._start()
        try:
            self._pipe.send((path, name))
            stop = time.monotonic() + WHOLE * self.seconds
            while self._pipe.poll(self.seconds) and time.monotonic() < stop:
                answer = self._pipe.recv()
                if isinstance(answer, Seen):
                    return answer
            what = f"given up: no frame within {self.seconds:g} seconds, or none the last within {WHOLE} times that"
        except (EOFError, OSError):
            what = "ends the decoder (it crashed, or took more memory than a film may)"
        self.end()
        return Seen(name, problems=((name, what),))

    def end(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
            self._process = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe.recv()  # it is there: what it imports is not counted against a film


def look_at(films: list[tuple[Path, str]], num_processes: int, seconds: float) -> Iterator[Seen]:
    """What is seen of each film, in this order."""
    free: SimpleQueue[Child] = SimpleQueue()
    children = [Child(seconds) for _ in range(max(1, min(num_processes, len(films))))]
    for child in children:
        free.put(child)

    def one(film: tuple[Path, str]) -> Seen:
        child = free.get()
        try:
            return child.look(*film)
        finally:
            free.put(child)

    pool = ThreadPoolExecutor(len(children))
    try:
        yield from pool.map(one, films)
    finally:
        pool.shutdown(cancel_futures=True)
        for child in children:
            child.end()


def _serve(pipe: Connection) -> None:
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    pipe.send(None)
    while True:
        try:
            path, name = pipe.recv()
        except (EOFError, KeyboardInterrupt):  # the parent has gone
            os._exit(0)
        told = [time.monotonic()]

        def alive(told: list[float] = told) -> None:
            if time.monotonic() > told[0] + 0.5:
                told[0] = time.monotonic()
                pipe.send(None)

        pipe.send(look(path, name, alive))
