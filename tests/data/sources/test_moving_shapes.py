"""Films against what their factors say."""

import numpy as np
import pytest

from kineograph.core.errors import UserError
from kineograph.data.sources.moving_shapes import COLOURS, FACTORS, LAWS, RADII, SHAPES, MovingShapes


def make(**changes) -> MovingShapes:
    given = {
        "num_clips": 200,
        "height": 48,
        "width": 48,
        "channels": 3,
        "duration": 2.0,
        "background": [255, 255, 255],
        "held_out": 0.1,
        "seed": 0,
    }
    return MovingShapes(**(given | changes))


def centroid(frame: np.ndarray) -> np.ndarray:
    ink = np.abs(frame.astype(float) - 255).sum(-1)
    y, x = np.mgrid[: frame.shape[0], : frame.shape[1]] + 0.5
    return np.array([(ink * x).sum(), (ink * y).sum()]) / ink.sum() / frame.shape[0]


def test_centres_are_where_the_law_says():
    films = make()
    times = np.linspace(0, 2, 7)
    seen = set()
    for index in range(200):
        factors = dict(zip(FACTORS, films.films[index].factors, strict=True))
        shape, law = SHAPES[int(factors["shape"])], LAWS[int(factors["law"])]
        frames, place = films.read(index, times), films.place(index, times)
        if shape == "triangle":
            continue  # its centroid is its centre too, but clipping by pixels weighs its corners unevenly
        measured = np.array([centroid(frame) for frame in frames])
        assert np.abs(measured - place[:, :2]).max() < 0.01, (shape, law)
        seen.add((shape, law))
    assert len(seen) == 12


def test_circling_is_the_closed_form():
    films = make()
    for film_index, film in enumerate(films.films):
        _, _, size, law, phase, speed, _ = film.factors
        if LAWS[int(law)] != "circles":
            continue
        turn = 2 * np.pi * (phase + speed * 0.7)
        room = 0.48 - RADII[int(size)]
        place = films.place(film_index, np.array([0.7]))[0]
        assert np.allclose(place[:2], [0.5 + room * np.cos(turn), 0.5 + room * np.sin(turn)])


def test_area_of_a_circle_and_shapes_stay_inside():
    films = make(height=64, width=64)
    for index, film in enumerate(films.films[:100]):
        frames = films.read(index, np.array([0.0, 0.3, 1.1]))
        place = films.place(index, np.array([0.0, 0.3, 1.1]))
        border = np.concatenate([frames[:, 0], frames[:, -1], frames[:, :, 0], frames[:, :, -1]], axis=1)
        assert (border == 255).all()
        if SHAPES[int(film.factors[0])] == "circle":
            ink = (255.0 - frames.min(-1)).sum((1, 2)) / (255 - frames.min())
            assert np.allclose(ink, np.pi * (place[:, 2] * 64) ** 2, rtol=0.03)


def test_the_same_index_is_the_same_film_and_splits_are_by_identity():
    a, b = make(), make()
    assert np.array_equal(a.read(7, np.array([0.5])), b.read(7, np.array([0.5])))
    assert a.data_hash == b.data_hash != make(seed=1).data_hash
    splits = {}
    for film in a.films:
        assert splits.setdefault(film.group, film.split) == film.split
    assert set(splits.values()) == {"train", "held_out"}
    assert len({film.key for film in a.films}) == 200


def test_label_and_caption_say_what_is_seen():
    films = make()
    for film in films.films[:50]:
        assert films.classes[film.label].split() == film.caption.split()[-2:]
        assert COLOURS[int(film.factors[1])] in film.caption


def test_grey_and_oblong_films():
    assert make(channels=1, height=20, width=40).read(0, np.zeros(1)).shape == (1, 20, 40, 1)
    with pytest.raises(UserError, match="channels"):
        make(channels=2)
    with pytest.raises(UserError, match="num_clips"):
        make(num_clips=0)
