"""Kinetics: rows of tables, films by name, whole ones that are cut, and dead links."""

import numpy as np
import pytest

from kineograph.core.errors import UserError
from kineograph.data.films import HELD_OUT, TRAIN
from kineograph.data.sources.kinetics import Kinetics
from tests.data.clips import SETTINGS, noise, save_frames, stored
from tests.data.sources.test_video_folder import film

HEAD = "label,youtube_id,time_start,time_end,split\n"
TRAIN_ROWS = """tap dancing,aaa_-aaaaaa,10,20,train
"petting cat, gently",bbbbbbbbbbb,1,2,train
tap dancing,ccccccccccc,0,10,train
tap dancing,ddddddddddd,3,13,train
"""


def source(folder, **changes) -> Kinetics:
    shape = {name: value for name, value in SETTINGS.items() if name != "held_out"}
    return Kinetics(**({"path": str(folder), "tables": ["train.csv", "validate.csv"]} | shape | changes))


def tree(folder) -> dict[str, np.ndarray]:
    names = [
        "train/tap dancing/aaa_-aaaaaa_000010_000020.mkv",
        "whole/bbbbbbbbbbb.mkv",
        "val/eeeeeeeeeee_000007_000017.avi",
    ]
    made = {name: noise(30, seed=seed) for seed, name in enumerate(names)}
    for name, frames in made.items():
        film(folder / name, frames, fps=12)
    (folder / "train.csv").write_text(HEAD + TRAIN_ROWS)
    (folder / "validate.csv").write_text(HEAD + "tap dancing,eeeeeeeeeee,7,17,validate\n")
    return made


def test_rows_films_and_dead_links(tmp_path):
    first, second, third = tree(tmp_path).values()
    films = source(tmp_path)
    assert films.prepare(1) == [
        f"{tmp_path}: 2 rows have no film; the first: {tmp_path}/train.csv:4: ccccccccccc_000000_000010"
    ]
    found = stored(films)
    assert len(found) == 3
    np.testing.assert_array_equal(found["train/tap dancing/aaa_-aaaaaa_000010_000020.mkv"], first)
    np.testing.assert_array_equal(found["whole/bbbbbbbbbbb.mkv:1-2"], second[12:24])  # seconds 1 to 2 of 12 frames each
    np.testing.assert_array_equal(found["val/eeeeeeeeeee_000007_000017.avi"], third)
    store = films.open()
    assert store.classes == ["petting cat, gently", "tap dancing"]
    told = {film.group: (film.split, film.label, film.caption) for film in store.films}
    assert told == {
        "aaa_-aaaaaa": (TRAIN, 1, "tap dancing"),
        "bbbbbbbbbbb": (TRAIN, 0, "petting cat, gently"),
        "eeeeeeeeeee": (HELD_OUT, 1, "tap dancing"),
    }


def test_a_table_without_labels(tmp_path):
    tree(tmp_path)
    (tmp_path / "validate.csv").write_text("youtube_id,time_start,time_end,split\neeeeeeeeeee,7,17,test\n")
    films = source(tmp_path, tables=["validate.csv"])
    films.prepare(1)
    (film,) = films.open().films
    assert (film.label, film.split) == (-1, HELD_OUT)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("label,id\n", r"train.csv:1: no column youtube_id, time_start, time_end, split; found label, id"),
        ("", r"train.csv:1: no column youtube_id"),
        (HEAD + "a,aaa_-aaaaaa,10,20,dev\n", r"train.csv:2: split is 'dev'; known: train, val"),
        (HEAD + "a,aaa_-aaaaaa,ten,20,train\n", r"train.csv:2: time_start is 'ten'; seconds"),
        (HEAD + "a,aaa_-aaaaaa,10,20,train\n" * 2, r"train.csv:3: .* in another row too"),
        (
            HEAD + "a,zzz,10,20,train\n",
            r"none of its 3 films is in the tables; the first row is .*train.csv:2: zzz_000010",
        ),
    ],
)
def test_wrong_tables(tmp_path, rows, message):
    tree(tmp_path)
    (tmp_path / "train.csv").write_text(rows)
    with pytest.raises(UserError, match=message):
        source(tmp_path, tables=["train.csv"]).prepare(1)


def test_wrong_trees(tmp_path):
    tree(tmp_path / "k")
    (tmp_path / "k" / "validate.csv").unlink()
    with pytest.raises(UserError, match=r"no validate.csv in it, in a folder of it or beside it; put it there"):
        source(tmp_path / "k").prepare(1)
    save_frames(tmp_path / "frames" / "train" / "aaa", noise(2))
    with pytest.raises(UserError, match=r"no films such as train/KIND.*found .png"):
        source(tmp_path / "frames").prepare(1)
