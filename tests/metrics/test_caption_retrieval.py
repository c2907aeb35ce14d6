import math
from collections import Counter

import pytest
import torch

from kineograph.metrics.caption_retrieval import CaptionRetrieval, cosines, mean_words

COLOURS, LAWS = 4, 3
WORDS = torch.nn.functional.one_hot(torch.arange(COLOURS + LAWS)).float()  # a vector a word


class Seen:
    """Two numbers of each frame that tell colour and law, wrapped up in others."""

    name, feature_dim, sha256 = "seen", 16, "5"

    def __call__(self, video):
        return video[:, 1:, 0, :4, :4].flatten(2)


def clips(sample_of, seed, groups):
    """A film shows its colour in one pixel and its law in another; the caption says both."""
    n = len(groups)
    generator = torch.Generator().manual_seed(seed)
    colour, law = torch.randint(COLOURS, (n,), generator=generator), torch.randint(LAWS, (n,), generator=generator)
    video = 0.2 * torch.randn(n, 4, 3, 8, 8, generator=generator)
    video[torch.arange(n), :, 0, 0, :4] += torch.eye(4)[colour][:, None]
    video[torch.arange(n), :, 0, 1, :3] += torch.eye(3)[law][:, None]
    clip = sample_of(video, video, groups).clip
    text = torch.stack([WORDS[colour], WORDS[COLOURS + law]], dim=1)
    return clip._replace(text=text, text_mask=torch.ones(n, 2, dtype=torch.bool))


@pytest.fixture
def metric(sample_of):
    found = CaptionRetrieval(extractor=Seen(), num_training=150, ridge=0.01, among=5, num_resamples=50, seed=0)
    train = clips(sample_of, 0, list(range(200)))
    found.remember(type(train)(*(field[part] for field in train)) for part in torch.arange(200).split(40))
    return found


def answer(metric, sample_of, clip, fake):
    metric.reset()
    metric.update(sample_of(clip.video, fake, clip.group.tolist())._replace(clip=clip))
    return {part: float(value) for part, value in metric.compute().items()}


def test_real_films_are_found_and_films_of_other_captions_are_not(metric, sample_of):
    clip = clips(sample_of, 1, list(range(500, 600)))
    real = answer(metric, sample_of, clip, clip.video)
    assert real["value"] > 0.95 and real["at_5"] > 0.99
    assert real["low"] <= real["value"] <= real["high"]
    captions = Counter(map(tuple, clip.text.flatten(1).tolist()))
    assert real["chance"] == pytest.approx(max(captions.values()) / 100)
    other = answer(metric, sample_of, clip, clips(sample_of, 2, list(range(500, 600))).video)
    assert other["value"] == pytest.approx(1 / 12, abs=0.09)  # of twelve captions, whose words are shared
    half = clip.video.clone()
    half[50:] = other_films = clips(sample_of, 3, list(range(50))).video
    assert len(other_films) == 50
    mixed = answer(metric, sample_of, clip, half)
    assert mixed["value"] == pytest.approx((real["value"] + 1 / 12) / 2, abs=0.09)


def test_no_captions_or_no_training_clips_are_nan(metric, sample_of):
    clip = clips(sample_of, 1, list(range(8)))
    silent = clip._replace(text_mask=torch.zeros_like(clip.text_mask))
    assert mean_words(silent).isnan().all()
    assert math.isnan(answer(metric, sample_of, silent, clip.video)["value"])
    untaught = CaptionRetrieval(extractor=Seen(), num_training=150, ridge=0.01, among=5, num_resamples=5, seed=0)
    untaught.remember([silent])
    assert math.isnan(answer(untaught, sample_of, clip, clip.video)["value"])


def test_cosines_of_all_pairs_are_those_of_each():
    generator = torch.Generator().manual_seed(0)
    one, other = (torch.randn(n, 32, generator=generator, dtype=torch.float64) for n in (40, 30))
    one[3], other[5] = 0, 0  # nothing is like nothing
    expected = torch.nn.functional.cosine_similarity(one[:, None], other[None], dim=2)
    torch.testing.assert_close(cosines(one, other), expected, rtol=0, atol=1e-12)


def test_words_count_and_not_their_order(sample_of):
    clip = clips(sample_of, 1, list(range(8)))
    torch.testing.assert_close(mean_words(clip), mean_words(clip._replace(text=clip.text.flip(1))))
