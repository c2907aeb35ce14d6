"""Pictures are kept of few films, whatever their number."""

import numpy as np
import pytest

from kineograph.data.check.finding import SHEET, Seen, with_few_pictures

PICTURE = np.zeros((2, 2, 3), np.uint8)


@pytest.mark.parametrize("count", [0, 1, SHEET, SHEET + 1, 1000, 5000])
def test_pictures_of_films_spread_evenly(count):
    films = [Seen(str(place), frames=1, pictures=(PICTURE,) if place % 3 else ()) for place in range(count)]
    found = with_few_pictures(iter(films))
    assert [film.name for film in found] == [film.name for film in films]
    shown = [place for place, film in enumerate(found) if film.pictures]
    there = [place for place, film in enumerate(films) if film.pictures]
    if len(there) <= SHEET:
        assert shown == there
    else:
        assert SHEET // 2 <= len(shown) <= SHEET and shown[0] == there[0]
        steps = np.diff(shown)
        assert steps.max() - steps.min() <= 2 and count - shown[-1] <= steps.max()
