"""Position p of the sequence, whoever asks for it and in which batch."""

import time

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from kineograph.core.build import conf_dir
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import KEYS_PER_GROUP, Clip
from kineograph.data.films import WINDOWS_PER_FILM
from kineograph.data.training_batches import TrainingBatches
from tests.data.counted import CountedFilms, reader


class Brighten:
    """Adds each sample's own uniform draw."""

    def __call__(self, clip: Clip, noise: Noise) -> Clip:
        return clip._replace(video=clip.video + noise.uniform(1, 1, 1, 1))


def batches(**changes) -> TrainingBatches:
    given = {
        "reader": reader(7),
        "indices": [0, 2, 3, 5, 6],
        "augment": {},
        "speeds": (1.0, 1.0),
        "balanced": False,
        "max_bad": 0.0,
        "batch_size": 2,
        "seed": 1,
        "start": 0,
        "stop": 20,
        "rank": 0,
        "world": 1,
    }
    return TrainingBatches(**(given | changes))


def test_every_epoch_is_another_order_of_the_same_films():
    sequence = [batches().window(position).index for position in range(40)]
    epochs = [sequence[first : first + 5] for first in range(0, 40, 5)]
    assert all(sorted(epoch) == [0, 2, 3, 5, 6] for epoch in epochs)
    assert len(set(map(tuple, epochs))) > 3
    assert [batches(seed=2).window(position).index for position in range(40)] != sequence


def test_a_window_depends_on_its_position_alone():
    asked = batches()
    late_first = [asked.window(position) for position in (33, 4, 12, 33)]
    assert late_first == [batches().window(position) for position in (33, 4, 12, 33)]


def test_windows_lie_inside_and_spread_over_the_film():
    starts = [batches().window(position).start for position in range(400)]
    assert 0 <= min(starts) < 0.05 and 0.75 < max(starts) <= 0.8  # a film lasts 1 s, a clip 0.2 s
    assert sum(starts) / 400 == pytest.approx(0.4, abs=0.05)


def test_speeds_are_drawn_evenly_on_a_logarithmic_scale_and_never_beyond_the_film():
    speeds = [batches(speeds=(0.5, 2.0)).window(position).speed for position in range(400)]
    assert min(speeds) >= 0.5 and max(speeds) <= 2 and sum(speed < 1 for speed in speeds) == pytest.approx(200, abs=40)
    long = batches(speeds=(0.5, 2.0), reader=reader(7, num_frames=10))  # 0.9 s of a film of 1 s
    assert max(long.window(position).speed for position in range(50)) == pytest.approx(1 / 0.9)


def test_length_and_ranks():
    assert [len(batches(stop=stop)) for stop in (0, 1, 2, 3, 20)] == [0, 1, 1, 2, 10]
    assert len(batches(stop=20, world=3)) == 4  # the last batch may pass the end, on every rank alike
    whole = batches(batch_size=4, augment={"brighten": Brighten()})
    ranks = [batches(rank=rank, world=2, augment={"brighten": Brighten()}) for rank in (0, 1)]
    for place in range(len(whole)):
        together = torch.cat([ranks[0][place].video, ranks[1][place].video])
        assert torch.equal(whole[place].video, together)
    assert torch.equal(batches(start=4)[0].video, batches()[2].video)
    with pytest.raises(IndexError):
        batches()[10]


def test_two_augmentations_draw_independently():
    one = batches(augment={"a": Brighten()})[0].video
    two = batches(augment={"b": Brighten()})[0].video
    plain = batches()[0].video
    assert not torch.equal(one, two)
    both = batches(augment={"b": Brighten(), "a": Brighten()})[0].video
    torch.testing.assert_close(both - plain, (one - plain) + (two - plain))


def test_balanced_classes_come_equally_often_and_show_all_their_films():
    films = CountedFilms(12)  # labels 0 1 0 1 ...
    rare = [0, 1, 3, 5, 7, 9, 11]  # one film of class 0, six of class 1
    given = {"reader": reader(films=films), "indices": rare, "balanced": True}
    sequence = [batches(**given).window(position).index for position in range(48)]
    for first in range(0, 48, 2):
        assert sorted(index % 2 for index in sequence[first : first + 2]) == [0, 1]
    ones = [index for index in sequence if index % 2]
    for first in range(0, 24, 6):
        assert sorted(ones[first : first + 6]) == rare[1:]
    assert len({tuple(ones[first : first + 6]) for first in range(0, 24, 6)}) > 1
    assert len({sequence[first] % 2 for first in range(0, 48, 2)}) == 2  # no class is always first
    asked = batches(**given)
    assert [asked.window(position).index for position in (40, 3, 47)] == [sequence[place] for place in (40, 3, 47)]
    assert [batches(**given | {"seed": 2}).window(position).index for position in range(48)] != sequence


def test_one_class_is_balanced_as_it_is():
    given = {"indices": [0, 2, 4, 6]}
    for position in range(9):
        assert batches(**given).window(position) == batches(**given, balanced=True).window(position)


class Damaged(CountedFilms):
    """Films of which some cannot be read."""

    def __init__(self, count: int, bad: set[int]):
        super().__init__(count)
        self.bad = bad

    def read(self, index: int, times: np.ndarray) -> np.ndarray:
        if index in self.bad:
            raise UserError(f"film {index}: damaged")
        return super().read(index, times)


def test_a_bad_film_is_replaced_the_same_way_whoever_reads_it_and_told_once(capfd):
    damaged = {"reader": reader(films=Damaged(20, {4, 9})), "indices": list(range(20)), "max_bad": 0.1, "stop": 40}
    whole = batches(**damaged, batch_size=4)
    shown = [whole[place] for place in range(10)]
    keys = torch.cat([clip.key for clip in shown]) // KEYS_PER_GROUP
    meant = torch.tensor([whole.window(position).index for position in range(40)])
    bad = (meant == 4) | (meant == 9)
    assert bad.sum() == 4 and torch.equal(keys[~bad], meant[~bad])
    assert not set(keys[bad].tolist()) & {4, 9} and len(set(keys[bad].tolist())) > 1
    assert int(whole.bad.sum()) == 2
    told = capfd.readouterr().err.splitlines()
    assert len(told) == 2 and told[1].endswith("damaged; replaced from now on (2 bad of 20)")
    ranks = [batches(**damaged, batch_size=2, rank=rank, world=2) for rank in (0, 1)]
    late = [torch.cat([ranks[0][place].video, ranks[1][place].video]) for place in (7, 2)]
    assert torch.equal(late[0], shown[7].video) and torch.equal(late[1], shown[2].video)
    loader = DataLoader(batches(**damaged, batch_size=4), batch_size=None, num_workers=2)
    assert all(torch.equal(a.video, b.video) for a, b in zip(shown, loader, strict=True))
    assert int(loader.dataset.bad.sum()) == 2  # counted over the workers


def test_too_many_bad_films_stop_the_run():
    damaged = {"reader": reader(films=Damaged(20, {4, 9, 11})), "indices": list(range(20)), "stop": 40}
    with pytest.raises(UserError, match=r"film \d+: damaged; 3 of 20 films are bad, more than data.max_bad=0.1"):
        list(batches(**damaged, max_bad=0.1))
    with pytest.raises(UserError, match="1 of 20 films are bad, more than data.max_bad=0.0"):
        list(batches(**damaged))


def test_a_clip_that_comes_again_has_a_key_of_its_own():
    """Tasks draw by the key: film 3 in another epoch gets other masks, and nothing of what a key tells changes."""
    given = {"stop": 400, "batch_size": 1, "reader": reader(7, num_frames=11)}  # a clip is the whole film
    shown = [clip for clip in batches(**given) if clip.key.item() // KEYS_PER_GROUP == 3]
    assert len(shown) == 80 and len({int(clip.key) for clip in shown}) > 70
    assert all(torch.equal(clip.video, shown[0].video) for clip in shown)
    films = {film.key for film in reader(7).films.films}
    for clip in shown:
        key = int(clip.key)
        assert clip.group.tolist() == [3] and key - key % WINDOWS_PER_FILM in films
    again = batches(**given, start=4)[0]
    assert int(again.key) == int(batches(**given)[4].key)


def test_augmentations_that_would_draw_alike_are_refused():
    with pytest.raises(UserError, match="data.augment: random_crop and random_erase begin alike"):
        batches(augment={"random_crop": Brighten(), "random_erase": Brighten()})
    batches(augment={path.stem: Brighten() for path in (conf_dir() / "augment").glob("*.yaml")})


def test_films_of_many_classes_are_sorted_out_at_once():
    films = CountedFilms(20_000)
    films.films = [film._replace(label=place // 2) for place, film in enumerate(films.films)]
    started = time.monotonic()
    many = batches(reader=reader(films=films), indices=list(range(20_000)), balanced=True)
    assert time.monotonic() - started < 5
    assert many.parts == [[[2 * label, 2 * label + 1] for label in range(10_000)]]
