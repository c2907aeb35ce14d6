"""Bad input of every kind: one clear line."""

import pytest
import torch
from omegaconf import OmegaConf

from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.core.evaluate import evaluate
from kineograph.metrics.clip_distance import ClipDistance
from kineograph.metrics.flicker import Flicker
from kineograph.metrics.frechet_distance import FrechetDistance
from kineograph.metrics.kernels.cubic import Cubic
from kineograph.metrics.motion_distance import MotionDistance
from kineograph.metrics.source_preservation import SourcePreservation
from kineograph.metrics.warping_error import WarpingError


class Shows:
    """Answers these films, whatever is asked."""

    def __init__(self, films):
        self.films = films

    def animate(self, condition, noise):
        return self.films


def suite(extractor):
    kernel = {"standardise": True, "kernel": Cubic(), "pairs_within_groups": False, "num_splits": 2}
    drawn = {"num_resamples": 10, "seed": 0}
    return {
        "clip_distance": ClipDistance(extractor=extractor, **kernel, **drawn),
        "fd": FrechetDistance(extractor=extractor, num_resamples=2),
        "motion_distance": MotionDistance(**drawn),
        "flicker": Flicker(**drawn),
        "warping_error": WarpingError(**drawn),
        "preserved": SourcePreservation(extractor=extractor, **drawn),
    }


@pytest.fixture
def frames(extractor_of):
    return extractor_of(lambda video: video.mean(dim=(3, 4)))


@pytest.fixture
def scored(sample_of, frames):
    def score(real, fake, metrics=None):
        sample = sample_of(real, fake, range(len(real)))
        return evaluate(Shows(fake), [sample.clip], lambda clip: sample.condition, metrics or suite(frames), seed=0)

    return score


def line(score, *films) -> str:
    with pytest.raises(UserError) as told:
        score(*films)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_frames_that_are_not_numbers(scored, real, fake):
    broken = fake.clone()
    broken[3, 2, 0, 1, 1] = torch.nan
    assert "the film of clip 3000000 holds numbers that are not finite" in line(scored, real, broken)
    assert "the real film of clip 3000000 holds numbers that are not finite: the data are" in line(scored, broken, real)


def test_blank_data_cannot_tell_anything_apart(scored, real, fake):
    assert "all real clips have the same features" in line(scored, torch.zeros_like(real), fake)


def test_blank_generated_films_are_scored(scored, real):
    row = scored(real, torch.zeros_like(real))
    assert all(value == value and abs(value) < 1e9 for value in row.values())
    assert row["flicker"] == 0 and row["motion_distance"] > 0


def test_one_clip_and_too_few_for_the_kernel(scored, real, fake, frames, means):
    assert "at least 4 groups" in line(scored, real[:1], fake[:1])
    assert "there are 3" in line(scored, real[:3], fake[:3])
    alone = {"fd": FrechetDistance(extractor=means, num_resamples=2)}
    assert "at least 2" in line(lambda *films: scored(*films, alone), real[:1], fake[:1])


def test_weights_that_are_missing(repository, tmp_path):
    config = OmegaConf.to_container(OmegaConf.load(repository / "conf/metrics/kid.yaml"), resolve=False)
    config["kid"]["extractor"]["weights"] = str(tmp_path / "none.pth")
    with pytest.raises(UserError, match="need a weight file and '.*none.pth' is not there"):
        build(config["kid"])
