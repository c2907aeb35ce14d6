"""A small package stands in for the real one: the level of a square tells the drawing."""

import io

import numpy as np
import pytest
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data.sources.wesnoth import Wesnoth, told_by
from tests.data.clips import stored
from tests.data.test_packages import deb

SETTINGS = {"package": "wesnoth-1.16-data", "min_frames": 4, "min_area": 250, "frames_fps": 10, "duration": 1.0}
SETTINGS |= {"background": [255, 255, 255], "height": 24, "width": 24, "channels": 3, "fps": 10, "held_out": 0.5}
INSIDE = "./usr/share/games/wesnoth/1.16/data"


def drawing(number: int, side: int = 24, sheet: int = 72) -> bytes:
    picture, file = Image.new("RGBA", (sheet, sheet)), io.BytesIO()
    first = (sheet - side) // 2
    picture.paste((10 * number, 0, 0, 255), (first, first, first + side, first + side))
    picture.save(file, "PNG")
    return file.getvalue()


def sequence(name: str, numbers: range, side: int = 24, sheet: int = 72) -> dict[str, bytes]:
    return {f"{INSIDE}/{name}{number}.png": drawing(number, side, sheet) for number in numbers}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path))
    return tmp_path


def test_sequences_become_films(cache):
    files = sequence("core/images/units/orcs/grunt-attack-se-", range(1, 5))
    files |= sequence("core/images/units/orcs/grunt-die-", range(3, 13))  # their order is that of numbers
    files |= sequence("campaigns/x/images/units/hero+female-bob", range(5, 9))
    files |= sequence("core/images/units/troll-run-", range(1, 6), side=72, sheet=144)
    files |= sequence("core/images/units/bat-ne-", range(1, 5))
    files |= sequence("core/images/units/orcs/grunt-defend-", range(1, 4))  # too few
    files |= sequence("core/images/units/orcs/grunt-spear-", range(1, 9), side=15)  # too small: 225 pixels
    files |= sequence("core/images/units/orcs/dust-", range(1, 9))
    files |= sequence("core/images/terrain/water-run-", range(1, 9))
    (cache / "wesnoth-1.16-data_1_all.deb").write_bytes(deb(files))
    source = Wesnoth(**SETTINGS)
    assert source.prepare(1) == []
    found = {name: (frames[:, 12, 12, 0] // 10).tolist() for name, frames in stored(source).items()}
    assert found == {
        "core/bat-ne": [1, 2, 3, 4, 3, 2, 1, 2, 3, 4],
        "core/orcs/grunt-attack-se": [1, 2, 3, 4, 1, 2, 3, 4, 1, 2],
        "core/orcs/grunt-die": [3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        "core/troll-run": [1, 2, 3, 4, 5, 1, 2, 3, 4, 5],
        "x/hero+female-bob": [5, 6, 7, 8, 7, 6, 5, 6, 7, 8],
    }
    store = source.open()
    told = {film.caption: (store.classes[film.label], film.group) for film in store.films}
    assert told == {
        "bat idles northeast": ("idle", "bat"),
        "grunt attacks southeast": ("attack", "grunt"),
        "grunt dies": ("die", "grunt"),
        "troll moves": ("move", "troll"),
        "hero idles": ("idle", "hero"),
    }
    troll = stored(source)["core/troll-run"][0]
    ink = (troll != 255).any(-1)
    assert ink.sum() == 144 and ink[6:18, 6:18].all()  # the larger picture is seen whole
    assert "General Public License" in (source.store_folder / "ATTRIBUTION.txt").read_text()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("fire-fire-inhale", ("fire", "shoot", "")),
        ("silver-mage+female-teleport", ("silver mage", "move", "")),
        ("archer-ne-bow-attack", ("archer", "shoot", "northeast")),
        ("soulless-rat-die", ("soulless rat", "die", "")),
        ("jinn-wind", ("jinn wind", "", "")),
    ],
)
def test_names(name, told):
    assert told_by(name) == told


def test_a_package_without_sequences(cache):
    (cache / "wesnoth-1.16-data_1_all.deb").write_bytes(deb(sequence("core/images/units/a-run-", range(1, 3))))
    with pytest.raises(UserError, match="no sequence of 4 pictures"):
        Wesnoth(**SETTINGS).prepare(1)


@pytest.mark.download
def test_the_real_package():
    source = Wesnoth(**(SETTINGS | {"height": 72, "width": 72}))
    items, classes = source.items()
    assert len(items) > 500 and len({item.group for item in items}) > 150
    assert np.bincount([item.label for item in items]).min() > 40
    source.items = lambda: (items[::20], classes)
    assert source.prepare(1) == []
    for name, frames in stored(source).items():
        assert len(frames) == 10 and len(np.unique(frames.reshape(10, -1), axis=0)) >= 3, name
        assert 0.03 < (frames != 255).any(-1).mean() < 0.8, name
