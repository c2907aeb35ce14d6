"""A small package stands in for the real one: every layer is a line of its own, and one that all share."""

import io
import itertools

import numpy as np
import pytest
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data.sources.flare import ACTIONS, DIRECTIONS, SLOTS, Flare
from tests.data.clips import stored
from tests.data.test_packages import deb

SHEETS = {  # the slot of every sheet, and its colour
    "head_short": ("head", (250, 0, 0)),
    "default_chest": ("chest", (0, 250, 0)),
    "plate_cuirass": ("chest", (0, 0, 250)),
    "default_hands": ("hands", (90, 0, 0)),
    "default_legs": ("legs", (0, 90, 0)),
    "default_feet": ("feet", (0, 0, 90)),
    "axe": ("main", (200, 200, 0)),
    "shortbow": ("off", (0, 200, 200)),
}
KINDS = {"stance": ("back_forth", 3, 300), "run": ("looped", 2, 200), "swing": ("play_once", 2, 200)}
KINDS |= {"shoot": ("play_once", 2, 200), "die": ("play_once", 3, 300)}
SETTINGS = {"outfits": 4, "box": 16, "duration": 1.0, "pause": 0.1, "seed": 0, "height": 16, "width": 16}
SETTINGS |= {"channels": 3, "fps": 10, "background": [255, 255, 255], "held_out": 0.4}


def animation(name: str) -> str:
    """At frame f all lines stand f pixels further to the right; the anchor is their lower left corner."""
    text = f"image=images/avatar/x/{name}.png\n"
    for action, (kind, frames, duration) in KINDS.items():
        if (name, action) != ("axe", "shoot"):
            text += f"\n[{action}]\nframes={frames}\nduration={duration}ms\ntype={kind}\n"
            text += "".join(f"frame={f},{d},2,3,4,8,{-f},8\n" for f in range(frames) for d in range(8))
    return text


def sheet(slot: str, colour: tuple[int, int, int], half: bool) -> bytes:
    """The slot's own line of the seven, and the eighth, which the layer in front covers."""
    picture, file = Image.new("RGBA", (8, 12)), io.BytesIO()
    for line in (SLOTS.index(slot), 7):
        picture.paste((*colour, 128 if half else 255), (2, 3 + line, 6, 4 + line))
    picture.save(file, "PNG")
    return file.getvalue()


def package() -> dict[str, bytes]:
    inside = "./usr/share/games/flare/mods/fantasycore/"
    order = ["off,feet,legs,hands,chest,head,main", "main,off,head,feet,legs,hands,chest"]
    lines = ["# comment", *(f"layer={d},{order[d == 4]}" for d in range(8))]
    files = {"engine/hero_layers.txt": "\n".join(lines).encode()}
    files |= {"items/base/axe.txt": b"quality=normal\nitem_type=main\ngfx=axe\n"}
    files |= {"items/base/bow/short.txt": b"item_type=off\ngfx=shortbow\n"}
    files |= {"items/base/plate.txt": b"item_type=chest\ngfx=plate_cuirass\n", "items/base/ring.txt": b"item_type=ring"}
    for sex, (name, (slot, colour)) in itertools.product(("male", "female"), SHEETS.items()):
        files[f"animations/avatar/{sex}/{name}.txt"] = animation(name).encode()
        files[f"images/avatar/{sex}/{name}.png"] = sheet(slot, colour, half=sex == "female" and name == "head_short")
    return {inside + name: content for name, content in files.items()} | {"./usr/share/doc/x": b"more"}


@pytest.fixture(scope="module")
def flare(tmp_path_factory) -> Flare:
    folder = tmp_path_factory.mktemp("flare")
    (folder / "flare-game_1_all.deb").write_bytes(deb(package()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KINEOGRAPH_CACHE", str(folder))
        patch.setenv("KINEOGRAPH_STORES", str(folder / "stores"))
        source = Flare(**SETTINGS)
        assert source.prepare(1) == []
    return source


def places(frames: np.ndarray) -> list[int]:
    """Where the lines begin in every frame; the last of them is the one over three quarters of the height."""
    ink = (frames != 255).any(-1)
    assert ink[:, 11].sum(1).tolist() == [4] * len(frames) and not ink[:, 12:].any() and not ink[:, :4].any()
    return [int(columns.argmax()) - 8 for columns in ink.any(1)]


def films(flare: Flare) -> dict[tuple, np.ndarray]:
    """By outfit, action and direction."""
    found = stored(flare)
    rows = flare.open().rows
    return {(r["group"], *(r["source"].split("/")[1].split())): found[r["source"]] for r in rows}


def test_every_action_is_played_as_its_kind_says(flare):
    expected = {
        "stance": [0, 1, 2, 1, 0, 1, 2, 1, 0, 1],
        "run": [0, 1, 0, 1, 0, 1, 0, 1, 0, 1],
        "swing": [0, 1, 1, 0, 1, 1, 0, 1, 1, 0],
        "shoot": [0, 1, 1, 0, 1, 1, 0, 1, 1, 0],
        "die": [0, 1, 2, 2, 2, 2, 2, 2, 2, 2],
    }
    seen = set()
    for (_, action, _), frames in films(flare).items():
        assert places(frames) == expected[action]
        seen.add(action)
    assert seen == set(expected)


def test_layers_lie_over_each_other_as_the_direction_says(flare):
    for (outfit, action, direction), frames in films(flare).items():
        sex, _, chest, _, _, _, main, _ = outfit.split()
        top = frames[0, 11, 9].tolist()
        if direction == DIRECTIONS[4]:
            assert top == list(SHEETS[chest][1])
        elif main != "none":
            assert top == list(SHEETS["axe"][1])
        elif sex == "male":
            assert top == list(SHEETS["head_short"][1])
        else:  # half of the head's red over the chest
            half = 128 / 255 * np.array([250, 0, 0]) + 127 / 255 * np.array(SHEETS[chest][1])
            assert np.abs(top - half).max() <= 1
        assert action != "shoot" or main == "none"


def test_films_of_two_outfits_with_two_equal_factors_are_one_motion(flare):
    store = flare.open()
    assert len({film.group for film in store.films}) == 4
    assert {film.split for film in store.films} == {"train", "held_out"}
    motions = {}
    for index, film in enumerate(store.films):
        action, direction, outfit = (int(factor) for factor in film.factors[:3])
        assert film.label == action and store.classes[action] == list(ACTIONS)[action]
        assert f"/{list(ACTIONS)[action]} {DIRECTIONS[direction]}" in store.rows[index]["source"]
        motions.setdefault((action, direction), {})[outfit] = places(store.whole(index))
    assert len(motions[0, 0]) == 4  # all of them stand
    for by_outfit in motions.values():
        assert len({tuple(one) for one in by_outfit.values()}) == 1
    assert len({film.key for film in store.films}) == len(store.films)


def test_captions_and_attribution(flare):
    for film in flare.open().films:
        sex, _, chest, _, _, _, main, off = film.group.split()
        said = film.caption.split(", ")
        assert said[0].split()[0] == {"male": "man", "female": "woman"}[sex]
        assert said[1] == {"plate_cuirass": "plate cuirass", "default_chest": "bare chest"}[chest]
        assert said[2:] == [thing for thing in (main, off) if thing != "none"]
        assert main == "none" or off == "none"  # an archer has no axe
    assert "man runs northwest, " in " ".join(film.caption for film in flare.open().films)
    assert "CC-BY-SA" in (flare.store_folder / "ATTRIBUTION.txt").read_text()


def test_more_outfits_leave_the_others_as_they_are(flare, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(flare.store_folder.parents[1]))
    more, _ = Flare(**(SETTINGS | {"outfits": 6})).items()
    assert {row["source"] for row in flare.open().rows} < {item.source for item in more}
    with pytest.raises(UserError, match="not so many outfits"):
        Flare(**(SETTINGS | {"outfits": 100})).items()


def test_a_package_without_the_order_of_layers(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path))
    files = {name: content for name, content in package().items() if "hero_layers" not in name}
    (tmp_path / "flare-game_1_all.deb").write_bytes(deb(files))
    with pytest.raises(UserError, match=r"hero_layers.txt: not the order of 8 directions"):
        Flare(**SETTINGS).prepare(1)


@pytest.mark.download
def test_the_real_package():
    flare = Flare(**(SETTINGS | {"outfits": 2, "box": 128, "height": 64, "width": 64}))
    assert flare.prepare(1) == []
    store = flare.open()
    assert len(store.films) in (112, 120, 128) and all(store.whole(i).min() < 60 for i in range(len(store.films)))
