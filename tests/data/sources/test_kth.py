"""KTH: persons, sequences and the films' own frames."""

import numpy as np
import pytest

from kineograph.core.errors import UserError
from kineograph.data.films import HELD_OUT, TRAIN
from kineograph.data.sources.kth import Kth
from tests.data.clips import SETTINGS, noise, save_frames, stored
from tests.data.sources.test_video_folder import film

# As the file is distributed: prose, rows, a film that is missing.
SEQUENCES = """The list of sequences
Training:   person11, 12, 13, 14, 15, 16, 17, 18

person01_boxing_d1\t\tframes\t1-4, 5-6, 8-10, 11-30
person01_walking_d2\t\tframes\t2-5, 7-9

person16_boxing_d1\t\tframes\t1-3
person17_boxing_d4\t\tframes\t1-5
person13_handclapping_d3\t*missing*
"""


def source(folder, **changes) -> Kth:
    shape = {name: value for name, value in SETTINGS.items() if name != "held_out"}
    given = {"path": str(folder), "held_out_persons": list(range(17, 26))} | shape | {"fps": 25, "channels": 1}
    return Kth(**(given | changes))


def tree(folder, uncompressed: str = "_uncomp") -> dict[str, np.ndarray]:
    names = ["boxing/person01_boxing_d1", "walking/person01_walking_d2", "boxing/person16_boxing_d1"]
    made = {}
    for seed, name in enumerate([*names, "boxing/person17_boxing_d4"]):
        grey = np.repeat(noise(12, channels=1, seed=seed), 3, axis=-1)
        film(folder / f"{name}{uncompressed}.avi", grey, fps=25)
        made[name] = grey[..., :1]
    (folder / "00sequences.txt").write_text(SEQUENCES)
    return made


@pytest.mark.parametrize("uncompressed", ["_uncomp", ""])
def test_sequences_persons_and_actions(tmp_path, uncompressed):
    made = tree(tmp_path / "kth", uncompressed)
    films = source(tmp_path / "kth")
    assert films.prepare(1) == []
    found = stored(films)
    spans = {  # counted from 1, both ends belong to it
        "boxing/person01_boxing_d1": [(1, 4), (5, 6), (8, 10), (11, 30)],
        "walking/person01_walking_d2": [(2, 5), (7, 9)],
        "boxing/person16_boxing_d1": [(1, 3)],
        "boxing/person17_boxing_d4": [(1, 5)],
    }
    expected = {
        f"{name}{uncompressed}.avi:{first}-{last}": made[name][first - 1 : last]
        for name, pairs in spans.items()
        for first, last in pairs
    }
    assert found.keys() == expected.keys() and len(found) == 8
    for name, content in expected.items():
        np.testing.assert_array_equal(found[name], content)
    store = films.open()
    assert store.classes == ["boxing", "walking"]
    told = {film.group: (film.split, store.classes[film.label]) for film in store.films if film.label == 0}
    assert told == {"person01": (TRAIN, "boxing"), "person16": (TRAIN, "boxing"), "person17": (HELD_OUT, "boxing")}


def test_other_persons(tmp_path):
    tree(tmp_path)
    films = source(tmp_path, held_out_persons=[1])
    films.prepare(1)
    assert {film.group for film in films.open().films if film.split == HELD_OUT} == {"person01"}


def test_a_sequence_beyond_its_film_costs_itself_alone(tmp_path):
    tree(tmp_path)
    (tmp_path / "00sequences.txt").write_text("person01_boxing_d1 frames 1-4, 40-60")
    (line,) = source(tmp_path).prepare(1)
    assert line.endswith("person01_boxing_d1_uncomp.avi: ends before frame 40, where a sequence begins")


def test_wrong_trees(tmp_path):
    tree(tmp_path / "a" / "kth")
    (tmp_path / "a" / "kth" / "00sequences.txt").rename(tmp_path / "a" / "00sequences.txt")
    assert source(tmp_path / "a" / "kth").prepare(1) == []  # beside it
    (tmp_path / "a" / "00sequences.txt").write_text("404: not found")
    with pytest.raises(UserError, match=r"00sequences.txt: no row such as 'person01_boxing_d1 frames"):
        source(tmp_path / "a" / "kth").prepare(1)
    (tmp_path / "a" / "00sequences.txt").write_text("person02_boxing_d1 frames 1-2")
    with pytest.raises(UserError, match="names none of the films"):
        source(tmp_path / "a" / "kth").prepare(1)
    (tmp_path / "a" / "00sequences.txt").unlink()
    with pytest.raises(UserError, match=r"no 00sequences.txt in it, .* put it there"):
        source(tmp_path / "a" / "kth").prepare(1)
    save_frames(tmp_path / "frames" / "boxing" / "person01_boxing_d1", noise(2))
    with pytest.raises(UserError, match=r"no films such as boxing/person01.*found .png"):
        source(tmp_path / "frames").prepare(1)
