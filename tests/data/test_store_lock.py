"""Two prepares of one store at once: the second is refused in one line; what a killed one held is free again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.video import write
from kineograph.data import store_lock
from kineograph.data.store_lock import locked, one_at_a_time
from kineograph.data.store_writer import Shape, write_store
from tests.data.check.bad_films import scene

HOLDER = """
import sys, time
from pathlib import Path
from kineograph.data.store_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""

# Two prepares of one store in forked processes, the second a moment after the first; prints how each of them ended.
RACE = """
import os, sys, time
from pathlib import Path
from kineograph.core.errors import UserError
from kineograph.core.video import write
from kineograph.data import store_writer
from kineograph.data.store_writer import Item, Shape, write_store
store_writer.SHARD_FILMS = 2
films = sorted(Path(sys.argv[1]).iterdir())
items = [Item(path, path.name, path.name, -1, "") for path in films]
for line in sys.stdin:
    store, delay = line.split()
    children = []
    for wait in (0.0, float(delay)):
        if (child := os.fork()) == 0:
            time.sleep(wait)
            try:
                write_store(Path(store), items, Shape(24, 24, 12.0, (255, 255, 255)), 0.2, {}, {}, 1)
            except UserError as error:
                os._exit(3 if "is being prepared by process" in str(error) else 4)
            os._exit(0)
        children.append(child)
    print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children), flush=True)
"""


def test_two_whole_prepares_race_and_neither_corrupts(tmp_path):
    for place in range(6):
        write(tmp_path / "films" / f"{place}.gif", torch.from_numpy(scene(place, 8)), 12, {})
    environment = os.environ | {"PYTHONPATH": str(Path(store_lock.__file__).parents[2])}
    command = [sys.executable, "-c", RACE, str(tmp_path / "films")]
    given = [f"{tmp_path / f'store_{number}'} {number * 0.004}\n" for number in range(12)]
    ended = subprocess.run(command, input="".join(given), env=environment, capture_output=True, text=True, check=True)
    codes = [tuple(map(int, line.split())) for line in ended.stdout.splitlines()]
    assert len(codes) == 12
    assert all(sorted(pair) in ([0, 0], [0, 3]) for pair in codes), codes
    assert any(3 in pair for pair in codes), "the second always came too late to race"
    stores = [
        {path.name: path.read_bytes() for path in (tmp_path / f"store_{number}").iterdir()} for number in range(12)
    ]
    assert all(store == stores[0] for store in stores) and "meta.json" in stores[0]
    assert not list(tmp_path.glob(".*.lock"))


def test_the_second_is_refused_and_a_killed_one_lets_go(tmp_path):
    folder = tmp_path / "store"
    environment = os.environ | {"PYTHONPATH": str(Path(store_lock.__file__).parents[2])}
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UserError, match=rf"store: is being prepared by process {holder.pid} on .*; wait"):
            with locked(folder):
                pass
        assert (tmp_path / ".store.lock").exists()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert (tmp_path / ".store.lock").exists()
    with locked(folder):
        pass
    assert list(tmp_path.iterdir()) == []


def test_it_is_given_back_after_an_error(tmp_path):
    @one_at_a_time
    def write(folder: Path, times: int) -> int:
        with pytest.raises(UserError, match="is being prepared"), locked(folder):
            pass
        return 1 // times

    with pytest.raises(ZeroDivisionError):
        write(tmp_path / "store", 0)
    assert write(tmp_path / "store", 1) == 1
    assert list(tmp_path.iterdir()) == []


def test_where_no_lock_can_lie(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="KINEOGRAPH_STORES"), locked(tmp_path / "file" / "store"):
        pass


def test_prepare_takes_the_lock(tmp_path):
    with locked(tmp_path / "store"), pytest.raises(UserError, match="is being prepared"):
        write_store(tmp_path / "store", [], Shape(8, 8, 12.0, (0, 0, 0)), 0.1, {}, {}, 1)
