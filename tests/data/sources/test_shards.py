import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data.sources.shards import Shards
from tests.data.clips import SETTINGS, noise, stored
from tests.data.sources.test_video_folder import film


def source(path, **changes) -> Shards:
    return Shards(**({"path": str(path), "frames_fps": 12} | SETTINGS | changes))


def png(frame: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "PNG")
    return file.getvalue()


def shard(path: Path, members: list[tuple[str, bytes]], mode: str = "w") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize(("ending", "mode"), [("tar", "w"), ("tar.gz", "w:gz")])
def test_films_and_pictures_are_read_where_they_lie(tmp_path, ending, mode):
    first, second, third = noise(4), noise(12, seed=1), noise(1, seed=2)
    film(tmp_path / "a.mkv", first)
    drawn = [(f"./b/0002.{place}.png", png(frame)) for place, frame in reversed(list(enumerate(second)))]
    told = json.dumps({"caption": "two", "label": "dogs", "url": "x", "split": "train"}).encode()
    shard(
        tmp_path / "shards" / f"x-000.{ending}",
        [("0001.txt", b"one"), ("0001.mkv", (tmp_path / "a.mkv").read_bytes()), ("0001.cls", b"cats"), *drawn]
        + [("b/0002.json", told)],
        mode,
    )
    shard(tmp_path / "shards" / "more" / f"x-001.{ending}", [("0001.png", png(third[0]))], mode)
    samples = source(tmp_path / "shards")
    assert samples.prepare(1) == []
    found = stored(samples)
    names = [f"more/x-001.{ending}:0001", f"x-000.{ending}:0001", f"x-000.{ending}:b/0002"]
    assert list(found) == names
    for name, frames in zip(names, (third, first, second), strict=True):
        np.testing.assert_array_equal(found[name], frames)
    films = samples.open().films
    assert [(one.label, one.caption) for one in films] == [(-1, ""), (0, "one"), (1, "two")]
    assert not list(tmp_path.rglob("*.png"))  # nothing was unpacked


def test_a_bad_sample_is_skipped_with_its_name(tmp_path):
    film(tmp_path / "a.mp4", noise(9, 64, 64), "libx264")
    whole = (tmp_path / "a.mp4").read_bytes()
    members = [("1.mp4", whole), ("2.mp4", whole[: len(whole) // 2]), ("3.wav", b"sound"), ("4.mp4", b"text")]
    samples = source(shard(tmp_path / "x.tar", members))
    skipped = samples.prepare(1)
    assert len(skipped) == 3
    for line, said in zip(skipped, ("x.tar:2.mp4", "sample '3' has no film", "x.tar:4.mp4"), strict=True):
        assert said in line
    assert list(stored(samples)) == ["x.tar:1"]


def test_bad_shards_are_one_line(tmp_path):
    picture = ("1.png", png(noise(1, 40, 40)[0]))
    cut = shard(tmp_path / "cut.tar", [picture, ("2.png", picture[1])])
    cut.write_bytes(cut.read_bytes()[:6000])
    zipped = shard(tmp_path / "cut.tgz", [picture, ("2.png", png(noise(1, 40, 40, seed=1)[0]))], "w:gz")
    zipped.write_bytes(zipped.read_bytes()[:6000])
    (tmp_path / "text.tar").write_text("no tar")
    (tmp_path / "empty.tar").touch()
    shard(tmp_path / "none.tar", [])
    shard(tmp_path / "twice.tar", [picture, picture])
    shard(tmp_path / "apart.tar", [picture, ("2.png", picture[1]), ("1.txt", b"x")])
    shard(tmp_path / "json.tar", [picture, ("1.json", b"{\n,}")])
    for name, message in [
        ("cut.tar", "cut off after [12] samples.*copy it again"),
        ("cut.tgz", "cut off after [12] samples"),
        ("text.tar", "damaged or cut off"),
        ("empty.tar", "damaged or cut off"),
        ("none.tar", "shards are empty"),
        ("twice.tar", "'1.png' comes twice"),
        ("apart.tar", "sample '1' stands in two places"),
        ("json.tar", "1.json:2: not JSON"),
        ("missing.tar", "no such folder"),
    ]:
        with pytest.raises(UserError, match=message):
            source(tmp_path / name).prepare(1)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.zip").touch()
    with pytest.raises(UserError, match="no shard; expected .tar .tar.gz .tgz, found .zip"):
        source(tmp_path / "folder").prepare(1)


@pytest.mark.parametrize("order", [("txt", "json", "cls"), ("cls", "json", "txt"), ("json", "cls", "txt")])
def test_the_first_side_car_that_speaks_counts_in_any_order(tmp_path, order):
    told = {
        "json": json.dumps({"caption": "of json", "label": "json"}).encode(),
        "txt": b"of txt",
        "cls": b"cls",
    }
    half = json.dumps({"group": "g"}).encode()
    members = [("a.png", png(noise(1)[0])), *((f"a.{kind}", told[kind]) for kind in order)]
    members += [("b.png", png(noise(1, seed=1)[0])), *((f"b.{kind}", (told | {"json": half})[kind]) for kind in order)]
    samples = source(shard(tmp_path / "x.tar", members))
    samples.prepare(1)
    store = samples.open()
    assert [(film.caption, store.classes[film.label]) for film in store.films] == [
        ("of json", "json"),
        ("of txt", "cls"),
    ]
