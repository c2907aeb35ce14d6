"""Two prepares of one store at once: the second is refused in one line; what a killed one held is free again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kineograph.core.errors import UserError
from kineograph.data import store_lock
from kineograph.data.store_lock import locked, one_at_a_time
from kineograph.data.store_writer import Shape, write_store

HOLDER = """
import sys, time
from pathlib import Path
from kineograph.data.store_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


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
