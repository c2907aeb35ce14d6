"""Every kind of bad film and picture costs a store one line and no memory, and the rest is stored."""

import os
import re
from pathlib import Path

import pytest

from kineograph.core.errors import UserError
from kineograph.core.video import read
from kineograph.data.sources.image_folder import ImageFolder
from kineograph.data.sources.video_folder import VideoFolder
from tests.data.check.bad_films import bad_folder, bomb_png, film, giant_avi, giant_gif, scene
from tests.data.clips import SETTINGS, stored

# What can be decoded to its end is stored: it is ``validate`` that tells what is odd about it.
ODD = ("one frame", "frozen", "shorter", "absurd", "not later", "zero frames", "near-duplicate", "leak", "wrong suffix")


def peak(anew: bool = False) -> float:
    """The most memory that this process has held since it was last asked for anew, in MB."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


def test_a_store_of_every_kind(tmp_path):
    folder = tmp_path / "films"
    told = bad_folder(folder)
    film(folder / "a/good.mp4", scene(40)).rename(folder / os.fsdecode(b"a/good\xff.mp4"))
    source = VideoFolder(folder=str(folder), stills=True, **SETTINGS)
    before = peak(anew=True)
    skipped = source.prepare(1)
    assert peak() - before < 100  # the fast one is 600 frames
    found = stored(source)
    for name, words in told.items():
        line = [line for line in skipped if f"/{name}: " in line]
        if not words.startswith(ODD) and name not in ("a/closed.mp4", "clips.csv"):  # root may read all; it is no film
            assert len(line) == 1 and "\n" not in line[0] and name not in found, name
    assert {"a/twin_1.mp4", "a/one.mp4", "drawn/2.png", r"a/good\xff.mp4"} <= found.keys()


@pytest.mark.parametrize("make", [bomb_png, giant_gif, giant_avi])
def test_a_frame_of_thousands_of_millions_of_pixels_is_refused_before_it_is_held(tmp_path, make):
    path = tmp_path / "films" / f"large.{make.__name__.rpartition('_')[2]}"
    path.parent.mkdir()
    make(path)
    before = peak(anew=True)
    with pytest.raises(UserError, match=r"more than 64000000|damaged"):
        read(path)
    kind = ImageFolder if make is bomb_png else VideoFolder
    given = {"folder": str(path.parent)} | ({} if kind is ImageFolder else {"stills": False}) | SETTINGS
    with pytest.raises(UserError, match="none of 1 files could be read"):
        kind(**given).prepare(1)
    assert peak() - before < 30


def test_a_table_may_not_name_films_outside_the_folder(tmp_path):
    film(tmp_path / "secret.mp4", scene(0))
    film(tmp_path / "films" / "a.mp4", scene(1))
    (tmp_path / "films" / "captions.csv").write_text("path,caption\n../secret.mp4,a cat\n")
    with pytest.raises(UserError, match=r"captions.csv:2: there is no film '../secret.mp4'"):
        VideoFolder(folder=str(tmp_path / "films"), stills=False, **SETTINGS).prepare(1)
