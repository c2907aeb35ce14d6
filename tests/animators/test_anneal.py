import pytest

from kineograph.animators.anneal import Anneal


def test_half_a_cosine_between_two_values():
    course = Anneal(first=2.0, last=0.2, start_images=100, end_images=300)
    assert [course(images) for images in (0, 100, 150, 200, 300, 999)] == pytest.approx(
        [2.0, 2.0, 0.2 + 1.8 * (1 + 0.5**0.5) / 2, 1.1, 0.2, 0.2]
    )


def test_one_value_stays_exactly():
    assert Anneal(first=1.0, last=1.0, start_images=0, end_images=7)(3) == 1.0
