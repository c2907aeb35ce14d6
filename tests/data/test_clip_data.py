"""The training sequence and the held-out clips: the same whatever workers and ranks there are."""

import pytest
import torch

from kineograph.augment.colour_jitter import ColourJitter
from kineograph.core.errors import UserError
from kineograph.core.types import KEYS_PER_GROUP, Clip
from kineograph.data.clip_data import ClipData
from kineograph.data.encoders.words import Words
from kineograph.data.films import WINDOWS_PER_FILM
from kineograph.data.sources.moving_shapes import MovingShapes
from kineograph.tasks.image_to_video import ImageToVideo


def data(num_clips=60, **changes) -> ClipData:
    source = MovingShapes(
        num_clips=num_clips,
        height=16,
        width=16,
        channels=3,
        duration=2.0,
        background=[255, 255, 255],
        held_out=0.2,
        seed=0,
    )
    task = ImageToVideo(tell_label=True, tell_text=True, tell_motion=True)
    augment = {"colour_jitter": ColourJitter(hue=0.5, saturation=0.3, contrast=0.1)}
    given = {
        "source": source,
        "task": task,
        "augment": augment,
        "num_frames": 4,
        "height": 8,
        "width": 8,
        "channels": 3,
        "fps": 8,
        "num_classes": 16,
        "text": Words(),
        "num_tokens": 3,
        "text_dim": 5,
        "num_factors": 7,
        "batch_size": 4,
        "num_workers": 0,
        "seed": 3,
        "num_windows": 2,
        "speeds": [0.8, 1.25],
        "short": "repeat",
        "balanced": False,
        "max_bad": 0.0,
    }
    module = ClipData(**(given | changes))
    module.stop_position = 96
    return module


def sequence(module: ClipData, rank: int = 0, world: int = 1) -> list:
    module.setup()
    return list(module.train_dataloader(rank, world))


def test_workers_do_not_matter():
    alone, two = sequence(data()), sequence(data(num_workers=2))
    assert len(alone) == len(two) == 24
    for a, b in zip(alone, two, strict=True):
        assert all(torch.equal(x, y) for x, y in zip(a, b, strict=True) if not x.isnan().any())


def test_two_ranks_are_one_rank_with_the_doubled_batch():
    one = sequence(data(batch_size=8))
    first, second = sequence(data(), 0, 2), sequence(data(), 1, 2)
    assert len(one) == len(first) == len(second) == 12
    for whole, a, b in zip(one, first, second, strict=True):
        assert torch.equal(whole.video, torch.cat([a.video, b.video]))
        assert torch.equal(whole.key, torch.cat([a.key, b.key]))


def test_resume_continues_the_sequence():
    whole = sequence(data())
    late = data()
    late.start_position = 40
    rest = sequence(late)
    assert len(rest) == 14
    assert all(torch.equal(a.video, b.video) for a, b in zip(whole[10:], rest, strict=True))


def test_an_epoch_shows_every_clip_once():
    module = data(batch_size=1)
    count = len(module.indices("train"))
    module.stop_position = 2 * count
    keys = [int(batch.key) // WINDOWS_PER_FILM for batch in sequence(module)]
    assert sorted(keys[:count]) == sorted(keys[count:]) and len(set(keys)) == count
    assert keys[:count] != keys[count:]


def test_batch_after_transfer_carries_its_condition():
    module = data()
    batch = sequence(module)[0]
    clip, condition = module.on_after_batch_transfer(batch, 0)
    assert clip.video.shape == (4, 4, 3, 8, 8) and clip.video.abs().max() <= 1
    assert torch.equal(condition.known[:, 0], clip.video[:, 0]) and condition.known[:, 1:].abs().sum() == 0
    assert clip.times[0].tolist() == [0, 0.125, 0.25, 0.375]
    assert clip.text_mask.all() and torch.allclose(clip.text.norm(dim=-1), torch.ones(()))


def test_held_out_is_fixed_sharded_and_of_other_groups():
    module = data()
    train = {int(clip.group) for clip in module.train_clips(1)}
    first, again = list(module.held_out_loader(5)), list(module.held_out_loader(5))
    assert all(torch.equal(a.video, b.video) for a, b in zip(first, again, strict=True))
    keys = torch.cat([clip.key for clip in first]).tolist()
    assert len(set(keys)) == len(keys) == 2 * len(module.indices("held_out"))
    assert not train & {key // KEYS_PER_GROUP for key in keys}
    shards = [torch.cat([c.key for c in module.held_out_loader(5, rank=r, world=3)]).tolist() for r in range(3)]
    assert sorted(key for shard in shards for key in shard) == sorted(keys)
    few = torch.cat([clip.key for clip in module.held_out_loader(4, num_clips=6)])
    assert few.tolist() == keys[:6]


class Sorted(MovingShapes):
    """As a folder of classes is: all films of a label one after the other."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.films = sorted(self.films, key=lambda film: film.label)


def test_the_first_of_mixed_training_clips_are_of_every_class():
    settings = {"height": 16, "width": 16, "channels": 3, "duration": 2.0, "background": [255, 255, 255]}
    module = data(source=Sorted(num_clips=400, held_out=0.2, seed=0, **settings))
    plain = torch.cat([clip.label for clip in module.train_clips(50)])
    assert plain.tolist() == sorted(plain.tolist()) and len(set(plain.tolist())) > 8
    first = torch.cat([clip.label for clip in module.train_clips(50, num_clips=100, mixed=True)])
    assert len(first) == 100 and set(first.tolist()) == set(plain.tolist())
    orders = [[int(key) for clip in module.train_clips(size, mixed=True) for key in clip.key] for size in (50, 7)]
    assert orders[0] == orders[1]  # nothing is drawn
    assert sorted(orders[0]) == sorted(int(key) for clip in module.train_clips(50) for key in clip.key)


@pytest.mark.parametrize("offset", ["spread", "random"])
@pytest.mark.parametrize(("room", "own"), [(0, 1), (1, 2), (2, 3), (3, 4), (9, 4)])
def test_a_short_film_has_as_many_windows_as_frames_to_begin_on(room, own, offset):
    """In frames of the film: none begins where another does, and the last ends with the film."""
    module = data(num_windows=4, num_frames=16, fps=12)
    module.films.films = [film._replace(num_frames=16 + room, fps=12.0) for film in module.films.films]
    windows = module.evaluation_clips(4, split="held_out", offset=offset, seed=0, speed=1.0).windows
    starts = [round(window.start * 12, 6) for window in windows if window.index == windows[0].index]
    assert len(starts) == own and len(windows) == own * len(module.indices("held_out"))
    assert min(starts) >= 0 and max(starts) <= room
    if offset == "spread":
        assert starts[0] == 0 and len({round(start) for start in starts}) == own
        assert own == 1 or starts[-1] == room


def test_whole_factors_are_averages():
    module = data(augment={}, speeds=[1.0, 1.0])
    large = data(augment={}, speeds=[1.0, 1.0], height=16, width=16)
    small, big = next(iter(module.held_out_loader(3))).video, next(iter(large.held_out_loader(3))).video
    expected = big.unflatten(3, (8, 2)).unflatten(5, (8, 2)).mean(dim=(4, 6))
    assert (small - expected).abs().max() < 1 / 127.5  # rounded to uint8 once more


def test_one_channel():
    colour, grey = data(augment={}), data(augment={}, channels=1)
    a, b = next(iter(colour.held_out_loader(3))).video, next(iter(grey.held_out_loader(3))).video
    luma = (a * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(2, keepdim=True)
    assert torch.allclose(b, luma, atol=1e-5)


def first_held_out(**changes) -> Clip:
    module = data(**changes)
    module.setup()
    return next(iter(module.held_out_loader(2)))


def test_bad_settings_are_one_line():
    for changes, message in [
        ({"batch_size": 1000}, "batch_size is 1000"),
        ({"num_classes": 3}, "16 classes"),
        ({"height": 32, "width": 32}, "smaller than clip"),
        ({"width": 4}, "aspect"),
        ({"num_frames": 999}, "shorter than a clip"),
        ({"channels": 2}, "1 or 3"),
        ({"speeds": [2.0, 1.0]}, "speeds"),
        ({"num_workers": -1}, "^data.num_workers=-1: 0 is the least$"),
        ({"short": "hold"}, "choose repeat, loop, ping_pong, error"),
        ({"short": "error", "num_frames": 20}, "film small .* has 241 frames, a clip wants 286"),
    ]:
        with pytest.raises(UserError, match=message):
            first_held_out(**changes)


def test_one_clip_trains_and_says_why_it_cannot_be_evaluated():
    module = data(num_clips=1, batch_size=1)
    assert len(sequence(module)) == 96
    with pytest.raises(UserError, match="no clip is held out"):
        module.held_out_loader(1)


class Listed(Words):
    """Remembers what it was asked to read ahead."""

    def prepare(self, captions, num_tokens, text_dim):
        self.asked = (set(captions), num_tokens, text_dim)


def test_all_captions_are_read_ahead():
    module = data(text=Listed())
    module.prepare_data()
    assert module.reader.text.asked == ({film.caption for film in module.films.films}, 3, 5)
