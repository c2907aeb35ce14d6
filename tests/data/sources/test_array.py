import sys
from hashlib import sha256
from io import BytesIO
from types import ModuleType

import numpy as np
import pytest

from kineograph.core.errors import UserError
from kineograph.data.sources.array import Array
from tests.core.file_server import FileServer
from tests.data.clips import SETTINGS, noise, stored


def source(path, **changes) -> Array:
    return Array(**({"path": str(path), "axes": None, "frames_fps": 12} | SETTINGS | changes))


def prepared(path, **changes) -> dict[str, np.ndarray]:
    films = source(path, **changes)
    assert films.prepare(1) == []
    return stored(films)


def test_axes_by_their_number_and_by_name(tmp_path):
    films = np.stack([noise(5, seed=seed) for seed in range(3)])  # n t h w c
    grey = films[..., :1]
    for name, content, axes in [
        ("nthwc", films, None),
        ("tnhwc", films.swapaxes(0, 1), "t n h w c"),
        ("nctwh", films.transpose(0, 4, 1, 3, 2), "nctwh"),
    ]:
        np.save(tmp_path / f"{name}.npy", content)
        found = prepared(tmp_path / f"{name}.npy", axes=axes)
        assert list(found) == [f"{name}.npy#{place:06d}" for place in range(3)]
        np.testing.assert_array_equal(np.stack(list(found.values())), films)
    np.save(tmp_path / "nthw.npy", grey[..., 0])
    np.testing.assert_array_equal(np.stack(list(prepared(tmp_path / "nthw.npy", channels=1).values())), grey)
    np.save(tmp_path / "thwc.npy", films[0])
    np.testing.assert_array_equal(prepared(tmp_path / "thwc.npy")["thwc.npy"], films[0])
    np.save(tmp_path / "thw.npy", grey[0, ..., 0])
    np.testing.assert_array_equal(prepared(tmp_path / "thw.npy")["thw.npy"], grey[0].repeat(3, axis=-1))


def test_an_array_may_lie_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path))
    whole = BytesIO()
    np.save(whole, noise(4))
    with FileServer({"/film.npy": whole.getvalue()}) as server:
        found = prepared(f"{server.url}/film.npy#sha256={sha256(whole.getvalue()).hexdigest()}")
    np.testing.assert_array_equal(found["film.npy"], noise(4))


def test_kinds_of_numbers(tmp_path):
    film = noise(4)
    for place, content in enumerate([film / np.float32(255), film.astype(np.int64), film.astype(np.uint16)]):
        np.save(tmp_path / f"{place}.npy", content)
        np.testing.assert_array_equal(prepared(tmp_path / f"{place}.npy")[f"{place}.npy"], film)
    alpha = np.concatenate([film, np.zeros_like(film[..., :1])], axis=-1)
    alpha[:2, ..., 3] = 255
    np.save(tmp_path / "alpha.npy", alpha)
    found = prepared(tmp_path / "alpha.npy", background=[1, 2, 3])["alpha.npy"]
    np.testing.assert_array_equal(found[:2], film[:2])
    assert (found[2:] == [1, 2, 3]).all()


def test_labels_beside_the_films(tmp_path):
    films = np.stack([noise(3, seed=seed) for seed in range(4)])
    np.savez_compressed(
        tmp_path / "digits.npz", video=films, label=[4, 2, 4, 0], caption=["four", "two", "four", "none"], more=[1]
    )
    digits = source(tmp_path / "digits.npz", frames_fps=24)
    digits.prepare(1)
    store = digits.open()
    assert [film.label for film in store.films] == [4, 2, 4, 0] and store.classes == list("01234")
    assert [film.caption for film in store.films] == ["four", "two", "four", "none"]
    np.testing.assert_array_equal(store.whole(1), films[1, [0]])  # three frames at 24 a second last an eighth


def test_a_folder_of_arrays(tmp_path):
    for name in ("cats/a.npy", "dogs/b.npy"):
        (tmp_path / "films" / name).parent.mkdir(parents=True)
        np.save(tmp_path / "films" / name, noise(2, seed=len(name) + ord(name[0])))
    (tmp_path / "films" / "captions.csv").write_text("path,caption\ncats/a.npy,a cat\n")
    films = source(tmp_path / "films")
    films.prepare(1)
    assert [(film.label, film.caption) for film in films.open().films] == [(0, "a cat"), (1, "dogs")]
    (tmp_path / "films" / "captions.csv").write_text("path,caption\ncats/b.npy,a cat\n")
    with pytest.raises(UserError, match=r"captions.csv:2: there is no array 'cats/b.npy'"):
        films.prepare(1)


def test_hdf5(tmp_path, monkeypatch):
    """h5py stands in the extra; here a file that opens like one of its files."""
    (tmp_path / "a.h5").touch()
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(UserError, match="pip install h5py"):
        source(tmp_path / "a.h5").prepare(1)
    films = np.stack([noise(3), noise(3, seed=1)])

    class File(dict):
        def __init__(self, path, mode):
            super().__init__(video=films, label=np.array([b"x", b"y"]))

        def close(self):
            self.clear()

    stand_in = ModuleType("h5py")
    stand_in.File = File
    monkeypatch.setitem(sys.modules, "h5py", stand_in)
    np.testing.assert_array_equal(np.stack(list(prepared(tmp_path / "a.h5").values())), films)


@pytest.mark.parametrize(
    ("content", "changes", "message"),
    [
        (np.zeros((2, 3)), {}, r"shape \(2, 3\) is not"),
        (np.zeros((2, 3, 5, 8, 8)), {}, 'name its axes, such as data.source.axes="n t c h w"'),
        (np.zeros((2, 8, 8, 3)), {"axes": "thw"}, "is not t h w"),
        (np.zeros((2, 8, 8)), {"axes": "t h x"}, "t, h and w"),
        (np.full((2, 8, 8), -1.0), {}, "values of -1 to -1; floats of 0 to 1"),
        (np.full((2, 8, 8), np.nan), {}, "values of nan"),
        (np.full((2, 8, 8), 300), {}, "values of 300 to 300; whole numbers"),
        (np.array([["a"]])[None], {}, "numbers are wanted"),
        (np.zeros((0, 2, 8, 8), np.uint8), {}, "hold no film"),
        (np.array([[[None]]]), {}, "no plain array"),
    ],
)
def test_arrays_that_are_no_films(tmp_path, content, changes, message):
    np.save(tmp_path / "a.npy", content, allow_pickle=True)
    with pytest.raises(UserError, match=message) as told:
        source(tmp_path / "a.npy", **changes).prepare(1)
    assert "\n" not in str(told.value)


def test_files_that_are_no_arrays(tmp_path):
    np.save(tmp_path / "cut.npy", noise(9))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:500])
    np.savez(tmp_path / "cut.npz", noise(9))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "cut.npz").read_bytes()[:500])
    (tmp_path / "empty.npy").touch()
    (tmp_path / "text.npz").write_text("no array")
    np.savez(tmp_path / "names.npz", a=noise(2), b=noise(2))
    np.savez(tmp_path / "counts.npz", video=noise(2)[None], label=[1, 2])
    for name, message in [
        ("cut.npy", "damaged, cut off"),
        ("cut.npz", "damaged, cut off"),
        ("empty.npy", "damaged, cut off"),
        ("text.npz", "no plain array"),
        ("names.npz", "holds a, b; call the array of the films 'video'"),
        ("counts.npz", "1 films, but 'label' has shape"),
        ("none.npy", "no such folder"),
    ]:
        with pytest.raises(UserError, match=message):
            source(tmp_path / name).prepare(1)
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.mat").touch()
    with pytest.raises(UserError, match="expected .npy .npz .h5 .hdf5, found .mat"):
        source(tmp_path / "films").prepare(1)


def test_labels_of_minus_one_are_none(tmp_path):
    films = np.stack([noise(3, seed=seed) for seed in range(3)])
    np.savez(tmp_path / "a.npz", video=films, label=[1, -1, 0])
    digits = source(tmp_path / "a.npz")
    digits.prepare(1)
    assert [film.label for film in digits.open().films] == [1, -1, 0] and digits.open().classes == ["0", "1"]


def test_what_stands_beside_the_films_and_is_no_array(tmp_path, monkeypatch):
    np.savez(tmp_path / "objects.npz", video=noise(2)[None], caption=np.array(["a cat"], dtype=object))
    np.savez(tmp_path / "empty.npz", video=noise(2), caption=np.array([], dtype=str))
    np.savez(tmp_path / "flipped.npz", video=noise(2)[None], label=np.arange(1))
    content = bytearray((tmp_path / "flipped.npz").read_bytes())
    content[content.index(b"NUMPY", 200) + 130] ^= 1
    (tmp_path / "flipped.npz").write_bytes(content)
    (tmp_path / "group.h5").touch()
    words = np.array([b"a cat", b"\xff"], dtype=object)  # as h5py gives words of any length
    there = {"group.h5": {"video": {"a": noise(2)}}, "words.h5": {"video": noise(2)[None].repeat(2, 0)}}
    there["words.h5"]["caption"] = words
    (tmp_path / "words.h5").touch()

    class File(dict):
        def __init__(self, path, mode):
            super().__init__(there[path.name])

        def close(self):
            self.clear()

    stand_in = ModuleType("h5py")
    stand_in.File = File
    monkeypatch.setitem(sys.modules, "h5py", stand_in)
    for name, message in [
        ("objects.npz", "'caption' cannot be read .*words are plain arrays of dtype=str"),
        ("empty.npz", "'caption' is empty"),
        ("flipped.npz", "'(video|label)' cannot be read .*Bad CRC"),
        ("group.h5", "'video' is a group of arrays; one array is wanted"),
        ("words.h5", "'caption' of film 1 is not UTF-8"),
    ]:
        with pytest.raises(UserError, match=message) as told:
            source(tmp_path / name).prepare(1)
        assert "\n" not in str(told.value)
    words[1] = "ein Käfer".encode()
    films = source(tmp_path / "words.h5")
    films.prepare(1)
    assert [film.caption for film in films.open().films] == ["a cat", "ein Käfer"]
