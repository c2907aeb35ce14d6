"""Fits are held against the films that the data source draws from the factors."""

import numpy as np
import pytest
import torch

from kineograph.data.sources.moving_shapes import LAWS as DRAWN
from kineograph.data.sources.moving_shapes import MovingShapes
from kineograph.metrics.mode_coverage import ModeCoverage
from kineograph.metrics.motion_law import LAWS, fit, known, track
from kineograph.metrics.motion_law_error import MotionLawError

TIMES = np.arange(12) / 12


@pytest.fixture(scope="module")
def drawn():
    """24 films of every law, 12 frames of 32 x 32 from half a second on, with their factors."""
    source = MovingShapes(num_clips=96, height=32, width=32, channels=3, duration=3.0, background=[255, 255, 255],
                          held_out=0.0, seed=3)  # fmt: skip
    frames = np.stack([source.read(index, TIMES + 0.5) for index in range(96)])
    video = torch.from_numpy(frames).permute(0, 1, 4, 2, 3) / 127.5 - 1
    factors = torch.tensor([film.factors for film in source.films])
    return source, video, factors


@pytest.fixture
def shown(drawn, sample_of):
    """The samples of these films, and of others in their place."""
    _, video, factors = drawn

    def sample(fake):
        made = sample_of(video, fake, range(96))
        times = torch.from_numpy(TIMES).float().expand(96, -1)
        return made._replace(clip=made.clip._replace(factors=factors, times=times))

    return sample


def test_tracks_are_where_the_shapes_were_drawn(drawn):
    source, video, _ = drawn
    wanted = torch.from_numpy(np.stack([source.place(index, TIMES + 0.5) for index in range(96)]))
    assert (track(video)[..., :2] - wanted[..., :2]).abs().max() < 0.01


def test_real_films_follow_the_law_that_they_were_drawn_by(drawn):
    _, video, factors = drawn
    assert LAWS == DRAWN
    found = fit(video, torch.from_numpy(TIMES).float().expand(96, -1), factors)
    assert (found.law == factors[:, 3]).float().mean() > 0.97
    assert found.error.max() < 0.012 and found.error.median() < 0.004  # picture sides: a tenth of a pixel


def test_a_fit_stays_on_the_device_of_its_films():
    films, times, factors = (torch.zeros(3, *shape, device="meta") for shape in ((6, 3, 16, 16), (6,), (7,)))
    assert {part.device.type for part in fit(films, times, factors)} == {"meta"}


def answer(metric, sample):
    metric.update(sample)
    return {part: float(value) for part, value in metric.compute().items()}


def test_the_error_is_small_for_real_films_and_grows_with_damage(drawn, shown):
    _, video, _ = drawn
    still = video[:, :1].expand_as(video)
    shuffled = video[:, torch.randperm(12, generator=torch.Generator().manual_seed(0))]
    real, frozen, mixed = (
        answer(MotionLawError(num_resamples=50, seed=0), shown(films)) for films in (video, still, shuffled)
    )
    assert real["low"] <= real["value"] <= real["high"] < 0.6  # per cent of a side
    assert frozen["value"] > 5 * real["value"] and mixed["value"] > 10 * real["value"]


def test_modes_are_counted(drawn, shown):
    _, video, factors = drawn
    real = answer(ModeCoverage(tolerance=1.5, num_resamples=50, seed=0), shown(video))
    assert real["value"] == 1 and real["same_law"] > 0.97
    modes = {(int(shape), int(law)) for shape, law in factors[:, [0, 3]].tolist()}
    # every film is one that circles, of its own shape and size
    circling = {(int(f[0]), int(f[2])): place for place, f in enumerate(factors) if f[3] == 1}
    one_law = torch.stack([video[circling[int(f[0]), int(f[2])]] for f in factors])
    poor = answer(ModeCoverage(tolerance=1.5, num_resamples=50, seed=0), shown(one_law))
    assert poor["value"] == pytest.approx(len({mode for mode in modes if mode[1] == 1}) / len(modes))
    assert poor["same_law"] == pytest.approx(float((factors[:, 3] == 1).float().mean()), abs=0.03)


def test_a_film_that_follows_no_law_shows_no_mode(drawn, shown):
    _, video, _ = drawn
    frozen = answer(ModeCoverage(tolerance=1.5, num_resamples=50, seed=0), shown(video[:, :1].expand_as(video)))
    assert frozen["same_law"] < 0.1 and frozen["value"] < 0.5


def test_other_data_have_no_law(real, sample_of):
    sample = sample_of(real, real, range(12))
    assert not known(sample.clip.factors).any()
    for metric in (MotionLawError(num_resamples=5, seed=0), ModeCoverage(tolerance=1.5, num_resamples=5, seed=0)):
        assert np.isnan(answer(metric, sample)["value"])
    partly = sample.clip._replace(factors=torch.full((12, 7), torch.nan))
    assert not known(partly.factors).any()


def test_blank_films_are_scored(drawn, shown):
    assert answer(MotionLawError(num_resamples=5, seed=0), shown(torch.zeros_like(drawn[1])))["value"] > 1
