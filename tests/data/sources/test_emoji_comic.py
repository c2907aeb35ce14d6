"""Small packages stand in for the real ones: Fluent's emoji are plain, OpenMoji's have a frame of black."""

import io

import numpy as np
import pytest
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data.sources.emoji_comic import EmojiComic
from tests.data.clips import stored
from tests.data.sources.test_fluent_emoji import moving
from tests.data.test_packages import tar

pytest.importorskip("cairosvg", reason="the extra 'data'", exc_type=ImportError)
SETTINGS = {"packages": 1, "background": [255, 255, 255], "height": 16, "width": 16, "channels": 3, "fps": 24}
SETTINGS |= {"held_out": 0.3}
NAMES = [f"1f6{number:02x}" for number in range(40)]


def level(name: str) -> int:
    return 3 * int(name.split("-")[0], 16) % 200


def still(name: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (32, 32), (level(name), 0, 0, 255)).save(file, "WEBP", lossless=True)
    return file.getvalue()


def svg(name: str) -> bytes:
    return (
        '<svg viewBox="0 0 72 72" xmlns="http://www.w3.org/2000/svg">'
        '<rect x="18" y="18" width="36" height="36" stroke="#000" stroke-width="8" '
        f'fill="rgb(0,{level(name)},0)"/></svg>'
    ).encode()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path))
    stills = {f"package/assets/{name}.webp": still(name) for name in [*NAMES, "1f44b-1f3fb", "1f999"]}
    moves = {f"package/assets/{name}.webp": moving((level(name), 0, 9, 255)) for name in NAMES[:10]}
    drawn = {f"package/color/svg/{name.upper()}.svg": svg(name) for name in [*NAMES, "1f44b-1f3fb", "E000", "2b50"]}
    rows = ["emoji,hexcode,annotation", *(f"x,{name.upper()},face {name}" for name in NAMES)]
    rows.append("x,1F44B-1F3FB,waving hand: light skin tone")
    drawn |= {"package/data/openmoji.csv": "\n".join(rows).encode(), "package/black/svg/1F600.svg": svg("1f600")}
    (tmp_path / "lobehub-fluent-emoji-3d-1.1.0.tgz").write_bytes(tar(stills))
    (tmp_path / "lobehub-fluent-emoji-anim-1-1.0.0.tgz").write_bytes(tar(moves))
    (tmp_path / "openmoji-17.0.0.tgz").write_bytes(tar(drawn))
    return tmp_path


def test_held_out_emoji_are_pairs_and_training_ones_are_not(cache):
    source = EmojiComic(**SETTINGS)
    assert source.prepare(1) == []
    store, frames = source.open(), stored(source)
    domains = {"train": {}, "held_out": {}}
    for film, row in zip(store.films, store.rows, strict=True):
        domain, pair = film.factors
        assert film.label == int(domain) and row["source"].startswith(store.classes[film.label])
        domains[film.split].setdefault(int(pair), set()).add(store.classes[film.label])
        name = row["source"].split("/")[-1].split(".")[0].lower()
        first = frames[row["source"]][0]
        if domain == 0:
            assert film.num_frames == (1 if "fluent-emoji-3d" in row["source"] else 3)
            assert np.abs(first[8, 8].astype(int) - [level(name), 0, 9 * (film.num_frames > 1)]).max() <= 1
        else:
            assert film.num_frames == 1 and first[8, 8].tolist() == [0, level(name), 0]
            assert first[8, 0].tolist() == [255] * 3 and first[8, 3].tolist() == [0] * 3  # around it, and its outline
        assert film.caption == (f"face {name}" if len(name) == 5 else "waving hand light skin tone")
    assert all(len(one) == 1 for one in domains["train"].values())
    assert all(one == {"fluent", "comic"} for one in domains["held_out"].values())
    assert set.union(*domains["train"].values()) == {"fluent", "comic"}
    assert not domains["train"].keys() & domains["held_out"].keys()
    assert sorted(domains["train"].keys() | domains["held_out"].keys()) == list(range(41))
    said = (source.store_folder / "ATTRIBUTION.txt").read_text()
    assert "CC-BY-SA-4.0" in said and "Microsoft" in said


def test_no_emoji_in_common(cache):
    (cache / "openmoji-17.0.0.tgz").write_bytes(tar({"package/color/svg/2B50.svg": svg("2b50")}))
    with pytest.raises(UserError, match="no emoji in common"):
        EmojiComic(**SETTINGS).prepare(1)


@pytest.mark.download
def test_the_real_packages():
    source = EmojiComic(**(SETTINGS | {"packages": 0, "height": 32, "width": 32}))
    items, classes = source.items()
    assert len({item.factors[1] for item in items}) > 3000
    assert all(item.caption for item in items)
    source.items = lambda: (items[::100], classes)
    assert source.prepare(1) == []
    for name, frames in stored(source).items():
        assert 0.05 < (frames != 255).any(-1).mean() < 1, name  # a drawing on white
