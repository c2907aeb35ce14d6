"""Each damage on films whose frames are known by their level: frame t of film i shows 10 t + i."""

import math
from itertools import pairwise

import pytest
import torch

from kineograph.core.random import Noise
from kineograph.metrics import damages
from kineograph.metrics.damages import DAMAGES, DENSITY, num_dense, played

NUM_FRAMES = 8


def counting(num_films=4, size=16):
    """Dense films whose frame k shows k + 100 i, in no units."""
    length = num_dense(NUM_FRAMES)
    frames = torch.arange(length)[None] + 100.0 * torch.arange(num_films)[:, None]
    return frames[:, :, None, None, None].expand(num_films, length, 3, size, size).clone()


def noise(num_films=4, seed=0):
    return Noise([seed + place for place in range(num_films)])


def shown(film):
    """Which dense frame each frame is, film by film."""
    return [[round(float(x)) for x in row] for row in film[:, :, 0, 0, 0]]


def real():
    return played(counting(), 1.0)


def pictures():
    """Films with something to see: every place swings at a speed of its own."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(3, 6, 4, 4, generator=generator)
    phase, speed = torch.nn.functional.interpolate(coarse, size=(32, 32), mode="bicubic").split(3, dim=1)
    time = torch.arange(num_dense(NUM_FRAMES))[:, None, None, None]
    return 0.8 * torch.sin(12 * phase[:, None] + (0.1 + 0.4 * speed[:, None]) * time)


def test_played_at_its_own_and_at_other_speeds():
    film = counting(1)
    assert shown(played(film, 1.0)) == [[DENSITY * t for t in range(NUM_FRAMES)]]
    assert shown(played(film, 2.0)) == [[2 * DENSITY * t for t in range(NUM_FRAMES)]]
    assert shown(damages.slow_down(film, 0.5, noise(1))) == [list(range(NUM_FRAMES))]
    assert shown(damages.speed_up(film, 0.5, noise(1))) == [[3 * t for t in range(NUM_FRAMES)]]


def test_damages_of_order_by_hand():
    first = lambda film: shown(film)[0]  # noqa: E731
    assert first(damages.freeze(real(), 1.0, noise())) == [0] * 8
    assert first(damages.freeze(real(), 0.5, noise())) == [0, 2, 4, 6, 8, 8, 8, 8]
    assert first(damages.reverse(real(), 1.0, noise())) == [14, 12, 10, 8, 6, 4, 2, 0]
    assert first(damages.reverse(real(), 0.25, noise())) == [0, 2, 4, 6, 8, 10, 14, 12]
    assert first(damages.half_rate(real(), 2.0, noise())) == [0, 0, 4, 4, 8, 8, 12, 12]
    assert first(damages.swap(real(), 1.0, noise())) == [0, 4, 2, 8, 6, 12, 10, 14]


@pytest.mark.parametrize(("share", "moved"), [(0.25, 2), (0.5, 4), (1.0, 7)])
def test_shuffle_moves_that_many_frames_and_never_the_first(share, moved):
    for before, after in zip(shown(real()), shown(damages.shuffle(real(), share, noise())), strict=True):
        assert sorted(before) == sorted(after)
        assert before[0] == after[0]
        assert sum(a != b for a, b in zip(before, after, strict=True)) == moved


def test_a_change_of_rate_blends():
    film = damages.fps_change(counting(), 0.5, noise())[0, :, 0, 0, 0]
    torch.testing.assert_close(film, torch.arange(8) * 2.0)  # a straight course survives linear blending ...
    bent = counting().square()
    assert (damages.fps_change(bent, 0.5, noise())[0, 1::2] > played(bent, 1.0)[0, 1::2]).all()  # ... a bent one not


def test_variety_and_identity():
    dropped = damages.mode_drop(real(), 0.75, noise())
    assert len({row[0] for row in shown(dropped)}) == 1
    swapped = shown(damages.identity_swap(real(), 1.0, noise()))
    for row, whole in zip(swapped, shown(real()), strict=True):
        assert row[:4] == whole[:4] and all(a != b for a, b in zip(row[4:], whole[4:], strict=True))
    kept = shown(damages.identity_swap(real(), 0.5, noise()))
    assert sum(a != b for a, b in zip(kept, shown(real()), strict=True)) == 2


def test_warps_move_flat_pictures_nowhere_and_jitter_by_its_amount():
    for apply in (damages.jitter, damages.wobble, damages.local_warp):
        torch.testing.assert_close(apply(real(), 0.03, noise()), real())
    ramp = torch.linspace(0, 1, 64).expand(16, 8, 1, 64, 64).clone()
    moved = damages.jitter(ramp, 0.05, noise(16))[..., 32, 32] - ramp[..., 32, 32]
    assert float(moved.std()) == pytest.approx(0.05 * 64 / 63, rel=0.2)
    still = damages.local_warp(pictures()[:, :1].expand(-1, 8, -1, -1, -1), 0.03, noise(3))
    assert torch.equal(still[:, 0], still[:, 7])
    torch.testing.assert_close(damages.wobble(pictures(), 0.0, noise(3)), pictures(), atol=1e-3, rtol=0)


def test_blur_keeps_the_mean_of_a_wide_stripe_and_has_the_width_asked_for():
    step = torch.zeros(1, 1, 1, 64, 64)
    step[..., 32:] = 1
    line = damages.blur(step, 2 / 64, noise(1))[0, 0, 0, 20]
    slope = line.diff()
    assert float(slope.sum()) == pytest.approx(1, abs=1e-5)
    places = torch.arange(63) - 31.0
    assert float((slope * places.square()).sum().sqrt()) == pytest.approx(2, abs=0.05)


def test_levels_of_noise_and_flicker():
    grey = torch.zeros(4, 8, 3, 32, 32)
    grain = damages.grain(grey, 8.0, noise())
    assert float(grain.std() * 127.5) == pytest.approx(8, rel=0.02)
    steps = damages.flicker(grey, 8.0, noise()) * 127.5
    torch.testing.assert_close(steps.abs(), torch.full_like(steps, 8.0))
    assert 0 < float((steps > 0).float().mean()) < 1


@pytest.mark.parametrize("name", DAMAGES)
def test_each_keeps_the_shape_harms_more_when_stronger_and_draws_from_the_film_alone(name):
    damage = DAMAGES[name]
    dense = pictures()
    undamaged = played(dense, 1.0)
    made = [damage.apply(dense, strength, noise(3)) for strength in damage.strengths]
    assert list(damage.strengths) == sorted(damage.strengths)
    changes = [float((film - undamaged).abs().mean()) for film in made]
    assert all(film.shape == undamaged.shape and film.isfinite().all() for film in made)
    assert changes[-1] > 0
    if name not in ("shuffle", "swap", "speed_up", "slow_down", "reverse"):  # there, more is not always further away
        assert all(a <= b * 1.02 + 1e-6 for a, b in pairwise(changes)), changes
    assert torch.equal(made[0], damage.apply(dense, damage.strengths[0], noise(3)))
    if damage.harms != "variety" and name != "identity_swap":
        alone = damage.apply(dense[1:2], damage.strengths[0], Noise([1]))
        torch.testing.assert_close(made[0][1:2], alone)


def test_one_channel_through_the_codecs():
    grey = pictures()[:, :, :1]
    for name in ("jpeg", "h264"):
        made = DAMAGES[name].apply(grey, DAMAGES[name].strengths[0], noise(3))
        assert made.shape == played(grey, 1.0).shape
        assert math.isfinite(float(made.sum()))
