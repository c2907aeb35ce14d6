import pytest

from kineograph.callbacks import checkpointing as module
from kineograph.callbacks.checkpointing import Checkpointing
from kineograph.core.run import Run
from kineograph.runtime.checkpoint_store import CheckpointStore
from tests.callbacks.stand_in import StandIn, animator, see
from tests.callbacks.test_periodic import Counts


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def made(folder, every_images=1000, every_minutes=10.0) -> Checkpointing:
    store = CheckpointStore(folder=str(folder / "checkpoints"), keep=2)
    return Checkpointing(run_dir=str(folder), store=store, every_images=every_images, every_minutes=every_minutes)


def test_by_images_by_minutes_and_at_the_end(tmp_path, clock):
    callback, trainer, tiny = made(tmp_path, every_images=20), StandIn(), animator()
    callback.on_fit_start(trainer, tiny)
    callback.on_train_start(trainer, tiny)
    saved = []
    for _ in range(9):
        see(callback, trainer, tiny, 4)
        saved.append(callback.saved_images)
        clock[0] += 300 if tiny.images_seen == 32 else 1
    assert saved == [0, 0, 0, 0, 20, 20, 20, 20, 20]
    clock[0] += 601
    see(callback, trainer, tiny, 4)
    assert callback.saved_images == 40
    see(callback, trainer, tiny, 3)
    callback.on_train_end(trainer, tiny)
    assert callback.saved_images == 43
    assert Run(tmp_path).status()["images_seen"] == 43


def test_never_inside_an_accumulation(tmp_path, clock):
    callback, trainer, tiny = made(tmp_path, every_images=4), StandIn(), animator(accumulate=3)
    callback.on_fit_start(trainer, tiny)
    callback.on_train_start(trainer, tiny)
    saved = []
    for _ in range(6):
        see(callback, trainer, tiny, 4)
        saved.append(callback.saved_images)
    assert saved == [0, 0, 12, 12, 12, 24]


def test_seconds_of_training_leave_previews_out_and_add_up(tmp_path, clock):
    beside = Counts(5)
    beside.seconds = 4.0
    callback, tiny = made(tmp_path), animator()
    trainer = StandIn(callback, beside)
    callback.on_fit_start(trainer, tiny)
    callback.on_train_start(trainer, tiny)
    clock[0] += 10
    see(callback, trainer, tiny, 4)
    callback.on_train_end(trainer, tiny)
    assert Run(tmp_path).status()["train_seconds"] == 6.0

    again, resumed = made(tmp_path), StandIn()
    again.on_fit_start(resumed, tiny)
    again.on_train_start(resumed, tiny)
    clock[0] += 3
    assert again.train_seconds(resumed) == 9.0
    assert resumed.data.start_position == 4
    assert resumed.memory.rewound == [4]
