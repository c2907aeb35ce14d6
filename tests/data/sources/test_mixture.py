"""Stills among films: the weights hold in every round, and nothing but (seed, position) decides."""

from collections import Counter

import numpy as np
import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.data.films import HELD_OUT, TRAIN
from kineograph.data.sources.frames_folder import FramesFolder
from kineograph.data.sources.image_folder import ImageFolder
from kineograph.data.sources.mixture import Mixture
from tests.data.clips import SETTINGS, noise, save_frames
from tests.data.test_clip_data import data, sequence


@pytest.fixture
def names(tmp_path):
    """Seven films of two classes, grey and 16x16, and five stills of one of these classes, in colour and 8x8."""
    for place in range(7):
        save_frames(tmp_path / "films" / ("cats" if place % 2 else "dogs") / str(place), noise(9, 16, 16, seed=place))
    for place in range(5):
        save_frames(tmp_path / "stills" / "cats" / str(place), noise(1, seed=10 + place))
    changes = {"held_out": 0.3, "fps": 8}
    films = FramesFolder(
        folder=str(tmp_path / "films"),
        frames_fps=8,
        **(SETTINGS | changes | {"height": 16, "width": 16, "channels": 1}),
    )
    stills = ImageFolder(folder=str(tmp_path / "stills"), **(SETTINGS | changes))
    assert films.prepare(1) == [] and stills.prepare(1) == []
    return {"films": films.store_folder.name, "stills": stills.store_folder.name}


def mixed(names, films: int = 3, stills: int = 1) -> Mixture:
    return Mixture(stores=names, weights={"films": films, "stills": stills})


def module(source, **changes):
    return data(**({"source": source, "augment": {}, "batch_size": 2, "num_classes": 2} | changes))


def windows(source, count: int, **changes):
    given = module(source, **changes)
    given.setup()
    batches = given.train_dataloader().dataset
    return [(given.films.films[window.index], window) for window in map(batches.window, range(count))]


def test_films_are_those_of_the_stores(names):
    source = mixed(names).open()
    assert [film.part for film in source.films] == ["films"] * 7 + ["stills"] * 5
    assert list(source.classes) == ["cats", "dogs"]
    assert {(film.part, film.label) for film in source.films} == {("films", 0), ("films", 1), ("stills", 0)}
    for index, film in enumerate(source.films):
        store = source._opened[film.part == "stills"]
        own = index - 7 * (film.part == "stills")
        times = np.arange(film.num_frames) / film.fps
        np.testing.assert_array_equal(source.read(index, times), store.whole(own))
        assert film.split == store.films[own].split and film.group == f"{film.part}: {store.films[own].group}"
    assert len({film.key for film in source.films}) == 12
    assert source.licence == "the user's own" and source.attribution.count("; ") == 1
    assert source.data_hash != mixed(names | {"films": names["stills"]}).open().data_hash


def test_every_round_has_the_declared_weights_and_every_part_goes_through_its_films(names):
    shown = [film for film, _ in windows(mixed(names), 240)]
    for first in range(0, 240, 4):
        assert Counter(film.part for film in shown[first : first + 4]) == {"films": 3, "stills": 1}
    assert len({tuple(film.part for film in shown[first : first + 4]) for first in range(0, 240, 4)}) == 4
    for part in ("films", "stills"):
        mine = [film.key for film in shown if film.part == part]
        own = {film.key for film in mixed(names).open().films if film.part == part and film.split == TRAIN}
        epochs = [mine[first : first + len(own)] for first in range(0, len(mine) - len(own) + 1, len(own))]
        # Within a round a part's turns come in any order, so only whole rounds show whole epochs.
        assert Counter(mine[: len(own) * 15]) == dict.fromkeys(own, 15)
        assert len(set(map(tuple, epochs))) > 3
    assert all(film.split == TRAIN for film in shown)


def test_balanced_within_each_part(names):
    shown = [film for film, _ in windows(mixed(names, films=2), 120, balanced=True)]
    assert Counter(film.part for film in shown) == {"films": 80, "stills": 40}
    assert Counter(film.label for film in shown if film.part == "films") == {0: 40, 1: 40}


def test_a_mixture_of_one_store_is_that_store(names):
    alone = Mixture(stores={"films": names["films"]}, weights={"films": 3})
    store = alone.open()._opened[0]
    plain = type("Plain", (), {"open": lambda self: store})()
    for balanced in (False, True):
        a, b = (windows(source, 60, balanced=balanced) for source in (alone, plain))
        assert [window for _, window in a] == [window for _, window in b]


def test_workers_ranks_and_interruptions_do_not_matter(names):
    plain, two = sequence(module(mixed(names))), sequence(module(mixed(names), num_workers=2))
    assert len(plain) == 48 and all(torch.equal(a.video, b.video) for a, b in zip(plain, two, strict=True))
    whole = sequence(module(mixed(names), batch_size=4))
    ranks = [sequence(module(mixed(names)), rank, 2) for rank in (0, 1)]
    for one, a, b in zip(whole, *ranks, strict=True):
        assert torch.equal(one.video, torch.cat([a.video, b.video])) and torch.equal(one.key, torch.cat([a.key, b.key]))
    late = module(mixed(names))
    late.start_position = 40
    assert all(torch.equal(a.video, b.video) for a, b in zip(plain[20:], sequence(late), strict=True))
    assert any(
        not torch.equal(a.key, b.key) for a, b in zip(plain, sequence(module(mixed(names), seed=4)), strict=True)
    )


def test_clips_of_two_sizes_and_channels_in_one_batch(names):
    batch = next(clip for clip in sequence(module(mixed(names), batch_size=4)))
    stills = [
        place for place in range(4) if torch.equal(batch.video[place], batch.video[place, :1].expand(4, -1, -1, -1))
    ]
    assert batch.video.shape == (4, 4, 3, 8, 8) and len(stills) == 1
    films = [place for place in range(4) if place not in stills]
    assert torch.equal(batch.video[films, :, 0], batch.video[films, :, 2])  # grey
    assert not torch.equal(batch.video[stills, :, 0], batch.video[stills, :, 2])


def test_evaluation_takes_films_as_long_as_a_clip(names):
    given = module(mixed(names))
    keys = torch.cat([clip.key for clip in given.held_out_loader(2)]) // 1000 * 1000
    held_out = {film.key: film.part for film in given.films.films if film.split == HELD_OUT}
    assert {held_out[int(key)] for key in keys} == {"films"} and "stills" in held_out.values()


def test_bad_mixtures(names):
    for weights, message in [
        ({"films": 3}, "weights for films, but stores films, stills"),
        ({"films": 3, "stills": 0}, "weights.stills is 0; how many"),
        ({"films": 3, "stills": True}, "weights.stills is True"),
    ]:
        with pytest.raises(UserError, match=message):
            Mixture(stores=names, weights=weights)
    with pytest.raises(UserError, match=f"gone: no such store; prepared are: {names['films']}, {names['stills']}"):
        mixed(names | {"stills": "gone"}).open()


def test_groups_whose_hashes_meet_are_two(names, monkeypatch):
    before = [film.key for film in mixed(names).open().films]
    assert len(set(before)) == 12
    monkeypatch.setattr("kineograph.data.films.group_number", lambda group: 5)
    assert len({film.key for film in mixed(names).open().films}) == 12
