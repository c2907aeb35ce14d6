import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.evaluate import as_filmed, evaluate
from kineograph.core.protocols import Metric
from kineograph.core.types import KEYS_PER_GROUP, Clip, Condition
from kineograph.metrics.motion_distance import MotionDistance
from kineograph.metrics.seconds_per_clip import SecondsPerClip


class Noisy:
    def animate(self, condition, noise):
        return condition.known + 0.3 * noise.normal(*condition.known.shape[1:])


class Diverged:
    def animate(self, condition, noise):
        film = condition.known.clone()
        film[1, 0] = torch.nan
        return film


class Short:
    def animate(self, condition, noise):
        return condition.known[:, :-1]


def task(clip):
    mask = torch.ones_like(clip.video[:, :, :1])
    untold = torch.full((len(clip.key),), torch.nan)
    return Condition(clip.video * mask, mask, clip.times, clip.label, clip.text, clip.text_mask, untold)


def clips(batch):
    video = torch.rand(6, 4, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    whole = Clip(video, torch.zeros(6, 4), torch.zeros(6, dtype=torch.long), torch.zeros(6, 1, 1),
                 torch.zeros(6, 1, dtype=torch.bool), torch.zeros(6, 0), torch.arange(6) * KEYS_PER_GROUP)  # fmt: skip
    return [Clip(*(field[first : first + batch] for field in whole)) for first in range(0, 6, batch)]


def metrics():
    return {"motion": MotionDistance(num_resamples=10, seed=0), "seconds": SecondsPerClip()}


def test_batches_do_not_matter():
    one, two = (evaluate(Noisy(), clips(batch), task, metrics(), seed=1) for batch in (6, 2))
    assert set(one) == {"motion", "motion_low", "motion_high", "seconds"}
    assert one["seconds"] > 0
    assert {name: one[name] for name in one if name != "seconds"} == {
        name: two[name] for name in two if name != "seconds"
    }
    assert one["motion"] != evaluate(Noisy(), clips(6), task, metrics(), seed=2)["motion"]


class Counted:
    """A metric as the protocol has it, and no more: how many clips it was shown."""

    higher_is_better = True

    def reset(self):
        self.keys = []

    def to(self, device):
        return self

    def update(self, sample):
        self.keys += sample.clip.key.tolist()

    def compute(self):
        return {
            "value": torch.tensor(len(self.keys)),
            "low": torch.tensor(0),
            "groups": torch.tensor(len({*self.keys})),
        }


def test_a_metric_is_what_the_protocol_says():
    assert isinstance(Counted(), Metric)
    assert all(isinstance(metric, Metric) for metric in metrics().values())
    row = evaluate(Noisy(), clips(4), task, {"count": Counted()}, seed=1)
    assert row == {"count": 6.0, "count_low": 0.0, "count_groups": 6.0}


def test_the_real_row_and_fresh_metrics_each_time():
    kept = metrics()
    evaluate(Noisy(), clips(3), task, kept, seed=1)
    assert evaluate(None, clips(3), task, kept, seed=1)["motion"] == 0


def test_a_film_that_is_not_finite_names_its_clip():
    with pytest.raises(UserError, match="film of clip 1000000 holds numbers that are not finite"):
        evaluate(Diverged(), clips(3), task, metrics(), seed=1)


def test_a_film_holds_eight_bits_a_channel():
    clip = clips(3)[0]
    film = as_filmed(clip.video * 1.5, clip)
    assert film.min() == -1 and film.max() == 1 and torch.allclose((film + 1) * 127.5, ((film + 1) * 127.5).round())
    assert torch.equal(as_filmed(film, clip), film)


def test_a_film_of_another_length_is_refused():
    with pytest.raises(UserError, match="where .* was asked"):
        evaluate(Short(), clips(3), task, metrics(), seed=1)
