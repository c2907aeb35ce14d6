"""Real clips go through a network once, ever; and no file is read that belongs to something else."""

import shutil

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.evaluate import evaluate
from kineograph.metrics.clip_distance import ClipDistance
from kineograph.metrics.frechet_distance import FrechetDistance
from kineograph.metrics.kernels.cubic import Cubic
from kineograph.metrics.reference_features import ReferenceFeatures, learn, look_through
from kineograph.metrics.source_preservation import SourcePreservation

CARD = {"data_hash": "a" * 64, "hash": "p" * 16}


class Counted:
    """Mean colours of each frame; it remembers how many films it was shown."""

    name, feature_dim, sha256 = "counted", 3, "7"

    def __init__(self, size=8):
        self.size = size
        self.films = 0

    def __call__(self, video):
        self.films += len(video)
        return video.mean(dim=(3, 4))


class Darker:
    def animate(self, condition, noise):
        return (condition.known + 0.1 * noise.normal(*condition.known.shape[1:])).clamp(-1, 1)


def metrics(extractor):
    distance = ClipDistance(
        extractor=extractor,
        standardise=True,
        kernel=Cubic(),
        pairs_within_groups=False,
        num_splits=2,
        num_resamples=10,
        seed=0,
    )
    preserved = SourcePreservation(extractor=extractor, num_resamples=10, seed=0)
    return {"distance": distance, "fd": FrechetDistance(extractor=extractor, num_resamples=2), "preserved": preserved}


@pytest.fixture
def clips(real, sample_of):
    sample = sample_of(real, real, range(12)).clip
    return [type(sample)(*(field[part] for field in sample)) for part in (slice(0, 5), slice(5, 12))]


@pytest.fixture
def task(sample_of):
    return lambda clip: sample_of(clip.video, clip.video, clip.group.tolist()).condition


def table(folder, clips, task, card=CARD, bf16=False):
    """The real row and an animator's, and how many films the extractor saw for the real ones and for the rest."""
    extractor = Counted()
    ours = metrics(extractor)
    references = look_through(ours, folder, card, False)
    learn(references, ours, clips, task)
    of_real = extractor.films
    rows = [evaluate(animates, clips, task, ours, seed=3) for animates in (None, Darker())]
    return rows, of_real, extractor.films - of_real


def test_real_clips_are_never_looked_at_again(tmp_path, clips, task):
    bare = metrics(Counted())
    expected = [evaluate(animates, clips, task, bare, seed=3) for animates in (None, Darker())]
    first, of_real, of_fake = table(tmp_path, clips, task)
    assert of_real == 24  # 12 films, and the pictures that they begin with
    assert of_fake == 36  # the generated films alone, through three metrics; the real row costs nothing
    again, of_real, of_fake = table(tmp_path, clips, task)
    assert (of_real, of_fake) == (0, 36)
    for rows in (first, again):
        assert [list(row) for row in rows] == [list(row) for row in expected]
        for row, wanted in zip(rows, expected, strict=True):
            assert row == pytest.approx(wanted, abs=1e-12)


def test_other_data_protocols_and_settings_have_files_of_their_own(tmp_path):
    paths = {
        ReferenceFeatures(extractor=Counted(size), folder=tmp_path, card=card, bf16=False).path
        for size in (8, 16)
        for card in (CARD, CARD | {"data_hash": "b" * 64}, CARD | {"hash": "q" * 16})
    }
    assert len(paths) == 6


def test_a_file_of_other_data_is_refused(tmp_path, clips, task):
    table(tmp_path, clips, task)
    mine = ReferenceFeatures(extractor=Counted(), folder=tmp_path, card=CARD, bf16=False).path
    other = CARD | {"data_hash": "b" * 64}
    theirs = tmp_path / ("b" * 16) / CARD["hash"] / mine.name
    theirs.parent.mkdir(parents=True)
    shutil.copy(mine, theirs)
    with pytest.raises(UserError, match=r"something else \(data_hash: a{12} and b{12}\); delete it") as told:
        ReferenceFeatures(extractor=Counted(), folder=tmp_path, card=other, bf16=False)
    assert "\n" not in str(told.value)


def test_a_damaged_file_is_refused(tmp_path, clips, task):
    table(tmp_path, clips, task)
    path = ReferenceFeatures(extractor=Counted(), folder=tmp_path, card=CARD, bf16=False).path
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(UserError, match="cannot be read as reference features"):
        ReferenceFeatures(extractor=Counted(), folder=tmp_path, card=CARD, bf16=False)


def test_a_place_that_cannot_be_written(tmp_path, clips, task):
    (tmp_path / CARD["data_hash"][:16]).write_text("a file")
    with pytest.raises(UserError, match="cannot be written"):
        table(tmp_path, clips, task)


def test_some_known_and_some_new(tmp_path, real):
    extractor = Counted()
    reference = ReferenceFeatures(extractor=extractor, folder=tmp_path, card=CARD, bf16=False)
    with reference.learning():
        reference(real[:4])
    mixed = torch.stack([real[9], real[2], real[8]])
    assert torch.equal(reference(mixed), mixed.mean(dim=(3, 4)))
    assert extractor.films == 4 + 2


class Linear:
    """A clip's pixels through a matrix, which bfloat16 rounds to eight bits."""

    name, feature_dim, sha256 = "linear", 4, "0"

    def __call__(self, video):
        weight = torch.randn(video[0].numel(), 4, generator=torch.Generator().manual_seed(0))
        return video.flatten(1) @ weight


def test_in_half_precision_the_error_is_told_and_the_file_is_another(tmp_path):
    video = torch.randn(6, 2, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    half = ReferenceFeatures(extractor=Linear(), folder=tmp_path, card=CARD, bf16=True)
    exact = ReferenceFeatures(extractor=Linear(), folder=tmp_path, card=CARD, bf16=False)
    assert half.path != exact.path and half.facts["extractor"] == "linear bf16"
    weight = torch.randn(96, 4, generator=torch.Generator().manual_seed(0))
    wanted = (video.flatten(1).bfloat16() @ weight.bfloat16()).float()
    torch.testing.assert_close(half(video), wanted, rtol=1e-2, atol=1e-2)
    true = video.flatten(1) @ weight
    assert half.error(video) == pytest.approx(float((wanted - true).square().mean().sqrt() / true.std()), rel=0.2)
    assert 1e-4 < half.error(video) < 0.02 and exact.error(video) == 0
