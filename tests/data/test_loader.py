"""The loader over a prepared store: the same clips for any number of workers and ranks, and after a stop."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from kineograph.augment.horizontal_flip import HorizontalFlip
from kineograph.core.types import Clip
from kineograph.data.clip_data import ClipData
from kineograph.data.clip_store import ClipStore
from kineograph.data.encoders.words import Words
from kineograph.data.films import WINDOWS_PER_FILM
from kineograph.data.store_writer import Item, Shape, write_store
from kineograph.tasks.image_to_video import ImageToVideo
from tests.data.clips import noise

LENGTHS = (1, 3, 9, 12, 2, 7, 20, 5, 11, 4, 6)  # frames; a clip wants 6
ABOUT = {"name": "drawn", "licence": "none", "attribution": "none", "classes": ["a", "b"]}
POLICIES = [("repeat", False), ("loop", True), ("ping_pong", False), ("ping_pong", True)]


class Stored:
    """A source of films that lie in a store already."""

    def __init__(self, folder: Path):
        self.folder = folder

    def open(self) -> ClipStore:
        return ClipStore(self.folder, {}, "")


def drawn(background: tuple, seed: int, length: int) -> Iterator[tuple[float, np.ndarray]]:
    return ((place / 12, frame) for place, frame in enumerate(noise(length, seed=seed)))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loader") / "store"
    items = []
    for place, length in enumerate(LENGTHS):

        def read(background: tuple, place: int = place, length: int = length) -> Iterator:
            return drawn(background, place, length)

        items.append(Item(Path(f"{place}"), f"{place:02d}", f"{place}", int(place % 4 == 0), "a word", "train", read))
    assert write_store(folder, items, Shape(8, 8, 12.0, (255, 255, 255)), 0.0, ABOUT, {}, 1) == []
    return folder


def batches(
    store: Path, policy: tuple[str, bool], size: int, start: int = 0, rank: int = 0, world: int = 1, workers: int = 0
) -> list[Clip]:
    data = ClipData(
        source=Stored(store),
        task=ImageToVideo(tell_label=True, tell_text=True, tell_motion=True),
        augment={"flip": HorizontalFlip(probability=0.5)},
        num_frames=6,
        height=8,
        width=8,
        channels=3,
        fps=12,
        num_classes=2,
        text=Words(),
        num_tokens=2,
        text_dim=3,
        num_factors=1,
        batch_size=size,
        num_workers=workers,
        seed=5,
        num_windows=1,
        speeds=[0.8, 1.25],
        short=policy[0],
        balanced=policy[1],
        max_bad=0.0,
    )
    data.start_position, data.stop_position = start, 40  # three epochs and a half
    data.setup()
    return list(data.train_dataloader(rank, world))


def assert_same(one: list[Clip], other: list[Clip]) -> None:
    assert len(one) == len(other) > 0
    for a, b in zip(one, other, strict=True):
        for name, left, right in zip(Clip._fields, a, b, strict=True):
            assert torch.equal(left.nan_to_num(-7), right.nan_to_num(-7)), name


@pytest.mark.parametrize("policy", POLICIES)
def test_ranks_and_a_stop_change_nothing(store, policy):
    alone = batches(store, policy, 4)
    assert len({key // WINDOWS_PER_FILM for clip in alone for key in clip.key.tolist()}) == len(LENGTHS)
    first, second = (batches(store, policy, 2, rank=rank, world=2) for rank in (0, 1))
    together = [Clip(*map(torch.cat, zip(a, b, strict=True))) for a, b in zip(first, second, strict=True)]
    assert_same(alone, together)
    assert_same(alone[4:], batches(store, policy, 4, start=16))  # in the middle of the second epoch
    late = [batches(store, policy, 2, 16, rank, 2) for rank in (0, 1)]
    assert_same(alone[4:], [Clip(*map(torch.cat, zip(a, b, strict=True))) for a, b in zip(*late, strict=True)])


@pytest.mark.filterwarnings("ignore:This DataLoader will create 4 worker processes")  # on a machine of two cores
@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("policy", [("loop", True), ("repeat", False)])
def test_workers_change_nothing(store, policy, workers):
    alone = batches(store, policy, 4)
    assert_same(alone, batches(store, policy, 4, workers=workers))
    assert_same(alone[4:], batches(store, policy, 4, start=16, workers=workers))


def test_policies_and_seeds_do_differ(store):
    videos = [torch.cat([clip.video for clip in batches(store, policy, 4)]) for policy in POLICIES]
    for place, one in enumerate(videos):
        assert not any(torch.equal(one, other) for other in videos[:place])
