"""``prepare`` killed (SIGKILL) at moments that chance chooses, twice in a row, ends in the identical store."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.video import write
from kineograph.data import store_writer
from kineograph.data.store_writer import Item, Shape, write_store
from tests.data.check.bad_films import scene

# Imports once; then prepares in a forked process as often as it is told to, and says how that ended.
PREPARE = """
import os, sys, time
from pathlib import Path
from kineograph.data import store_writer
from kineograph.data.store_writer import Item, Shape, write_store
store_writer.SHARD_FILMS = 2
films = Path(sys.argv[1])
items = [Item(path, path.name, path.name, -1, "") for path in sorted(films.iterdir())]
for line in sys.stdin:
    store, delay = line.split()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        write_store(Path(store), items, Shape(24, 24, 12.0, (255, 255, 255)), 0.2, {}, {}, 1)
        os._exit(0)
    if float(delay) >= 0:
        time.sleep(float(delay))
        os.kill(child, 9)
    status = os.waitpid(child, 0)[1]
    print(status, time.monotonic() - started, flush=True)
"""


def killed(background: tuple[int, int, int]) -> Iterator[tuple[float, np.ndarray]]:
    """A film that is more than the machine can hold."""
    os.kill(os.getpid(), signal.SIGKILL)
    yield 0.0, np.zeros((8, 8, 3), np.uint8)


def test_a_decoder_that_is_killed_is_told_in_one_line(tmp_path):
    items = [Item(tmp_path, f"{place}.gif", str(place), -1, "", read=killed) for place in range(3)]
    with pytest.raises(UserError, match=r"one of 2 decoding processes was killed.*fewer \(--processes\)"):
        write_store(tmp_path / "store", items, Shape(8, 8, 12.0, (0, 0, 0)), 0.2, {}, {}, 2)
    assert not (tmp_path / "store" / "meta.json").exists()


def content(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize("number", [5, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_random_points(tmp_path, number):
    for place in range(8):
        write(tmp_path / "films" / f"{place}.gif", torch.from_numpy(scene(place, 8)), 12, {})
    (tmp_path / "films" / "broken.mp4").write_text("no film")
    environment = os.environ | {"PYTHONPATH": str(Path(store_writer.__file__).parents[2])}
    command = [sys.executable, "-c", PREPARE, str(tmp_path / "films")]
    drawn, unfinished = random.Random(number), 0
    with subprocess.Popen(
        command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as prepare:

        def run(store: Path, delay: float) -> tuple[int, float]:
            prepare.stdin.write(f"{store} {delay}\n")
            prepare.stdin.flush()
            status, seconds = prepare.stdout.readline().split()
            return int(status), float(seconds)

        status, seconds = run(tmp_path / "whole", -1)
        assert status == 0
        whole = content(tmp_path / "whole")
        for place in range(number):
            store = tmp_path / f"store_{place}"
            while run(store, drawn.uniform(0, seconds))[0] != signal.SIGKILL:
                shutil.rmtree(store)  # it was done before the kill came: once more, sooner
                seconds *= 0.8
            unfinished += not (store / "meta.json").exists()
            run(store, drawn.uniform(0, seconds))  # and again, while it resumes
            assert run(store, -1)[0] == 0
            assert content(store) == whole
        prepare.stdin.close()
    assert unfinished >= number // 2, "the kills came too late to test anything"
    left = {path.name for path in tmp_path.iterdir() if path.name.endswith(".lock")}
    assert not left
