import warnings

import pytest
import torch

from kineograph.callbacks.collapse_guard import CollapseGuard, spread
from kineograph.core.warp import nearest_known
from tests.callbacks.stand_in import StandIn, animator, data


def ratio_of(make) -> tuple[float, list[str]]:
    """What is logged, and warned, of an animator that answers ``make(still, real)``."""
    trainer, tiny = StandIn(), animator()
    clip = data().held_out_loader(4, num_clips=4)[0]
    tiny.animate = lambda condition, noise: make(nearest_known(condition), clip.video)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CollapseGuard(every_images=4, num_pictures=4, seed=0, lowest=0.02).act(trainer, tiny)
    ((_, row),) = trainer.memory.rows
    return row["eval/motion_spread"], [str(warning.message) for warning in caught]


def test_a_film_like_the_real_one_is_as_spread():
    assert ratio_of(lambda still, real: real) == (1.0, [])
    half, told = ratio_of(lambda still, real: still + 0.5 * (real - still))
    assert half == pytest.approx(0.5)
    assert not told


@pytest.mark.parametrize(
    "make",
    [lambda still, real: still, lambda still, real: still + (real - still)[:1]],  # nothing moves; all move alike
)
def test_a_collapse_is_told(make):
    ratio, told = ratio_of(make)
    assert ratio == pytest.approx(0, abs=1e-6)
    assert "move alike or not at all" in told[0]


def test_spread_is_the_mean_over_pairs():
    motion = torch.tensor([0.0, 1.0, 4.0]).reshape(3, 1, 1, 1, 1)
    assert spread(motion) == pytest.approx((1 + 4 + 3) / 3)
    assert spread(motion[:1]) == 0
