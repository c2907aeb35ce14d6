"""A film that hangs or ends its decoder costs a line; a film of any length costs no memory."""

import os
import re
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from kineograph.data.check.child import Child
from tests.data.check.bad_films import bomb_png, film, giant_avi, giant_gif, scene


def peak(child: Child) -> float:
    """The most memory that the child ever held, in MB."""
    status = Path(f"/proc/{child._process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


@pytest.mark.slow
def test_memory_is_bounded(tmp_path):
    sizes = np.zeros((3600, 96, 96, 3), np.uint8)  # 100 MB once it is decoded
    hour = film(tmp_path / "hour.avi", sizes, "mpeg4", fps=1)
    small = film(tmp_path / "small.avi", scene(0, 8, 96), "mpeg4")
    giant_avi(tmp_path / "giant.avi")
    bomb_png(tmp_path / "bomb.png")
    giant_gif(tmp_path / "giant.gif")
    child = Child(30.0)
    try:
        assert child.look(small, "small").frames == 8
        before = peak(child)
        seen = child.look(hour, "hour")
        assert (seen.frames, seen.duration, seen.problems) == (3600, 3600.0, ())
        for name in ("giant.avi", "bomb.png", "giant.gif"):
            assert child.look(tmp_path / name, name).problems
        assert peak(child) - before < 30
    finally:
        child.end()


def test_a_film_that_ends_or_hangs_the_decoder_costs_one_line(tmp_path):
    good = film(tmp_path / "good.mp4", scene(0))
    child = Child(3.0)
    try:
        child.look(good, "good")
        os.kill(child._process.pid, signal.SIGKILL)
        assert "ends the decoder" in child.look(good, "good").problems[0][1]
        assert child.look(good, "good").frames == 16
        os.kill(child._process.pid, signal.SIGSTOP)
        started = time.monotonic()
        (finding,) = child.look(good, "hangs").problems
        assert finding[0] == "hangs" and "given up" in finding[1]
        assert 3 <= time.monotonic() - started < 30 and child._process is None
    finally:
        child.end()
