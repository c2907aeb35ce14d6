from functools import partial

import pytest
from pytorch_lightning import Trainer

from kineograph.callbacks import checkpointing as module
from kineograph.callbacks.checkpointing import Checkpointing
from kineograph.core.errors import UserError
from kineograph.core.run import Run
from kineograph.runtime.checkpoint_store import CheckpointStore
from tests.animators import small
from tests.callbacks.stand_in import StandIn, animator, see
from tests.callbacks.test_periodic import Counts


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def made(folder, every_images=1000, every_minutes=10.0, every_epochs=None) -> Checkpointing:
    store = CheckpointStore(folder=str(folder / "checkpoints"), keep=2)
    return Checkpointing(
        run_dir=str(folder),
        store=store,
        every_images=every_images,
        every_minutes=every_minutes,
        every_epochs=every_epochs,
    )


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
    beside.seconds = 1.0  # before the start: a resumed run draws the preview in which it was stopped
    callback, tiny = made(tmp_path), animator()
    trainer = StandIn(callback, beside)
    callback.on_fit_start(trainer, tiny)
    callback.on_train_start(trainer, tiny)
    beside.seconds += 4.0
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


def test_by_epochs(tmp_path, clock):
    """The data have 24 training films: half an epoch is 12 images."""
    callback, trainer, tiny = made(tmp_path, every_epochs=0.5), StandIn(), animator()
    callback.on_fit_start(trainer, tiny)
    callback.on_train_start(trainer, tiny)
    saved = []
    for _ in range(6):
        see(callback, trainer, tiny, 4)
        saved.append(callback.saved_images)
    assert saved == [0, 0, 12, 12, 12, 24]
    del trainer.data.epoch_images
    with pytest.raises(UserError, match="these data have no epoch"):
        callback.on_fit_start(trainer, tiny)


def test_a_stop_in_an_evaluation_is_saved_at_once_and_the_evaluation_is_begun_again(tmp_path, clock):
    class Long(Counts):
        """Its second act is interrupted."""

        def act(self, trainer, module) -> None:
            if module.images_seen == 20 and not self.acts[1:]:
                callback.save_between(trainer, module)
                saved.append(callback.store.latest())
            super().act(trainer, module)

    saved: list = []
    callback, tiny, periodic = made(tmp_path), animator(), Long(10)
    trainer = StandIn(periodic, callback)
    trainer.data.stop_position = 100
    for one in (periodic, callback):
        one.on_train_start(trainer, tiny) if one is periodic else one.on_fit_start(trainer, tiny)
    callback.on_train_start(trainer, tiny)
    for _ in range(5):
        see(periodic, trainer, tiny, 4)
        callback.on_train_batch_end(trainer, tiny, None, None, 0)
    assert [state["images_seen"] for state in saved] == [20]
    assert saved[0]["acted"] == {"Long": 12}

    again, resumed, fresh = made(tmp_path), animator(), Counts(10)
    fresh.resumed = 12
    other = StandIn(fresh, again)
    again._restore(saved[0] | {"acted": {"Counts": 12}}, other, resumed)
    fresh.on_train_start(other, resumed)
    fresh.on_train_epoch_start(other, resumed)
    assert fresh.acts == [20]


def test_a_log_that_changed_its_name_is_told(tmp_path, clock):
    callback, trainer, tiny = made(tmp_path), StandIn(), animator()
    state = callback.state(trainer, tiny) | {"loggers": {"memory": "abc"}}
    with pytest.warns(UserWarning, match="the log memory went by 'abc'"):
        callback._restore(state, trainer, tiny)


@pytest.mark.parametrize(
    ("family", "optimizers"), [(small.regression, 1), (small.gan, 2), (partial(small.gan, codec=small.stage(8)), 3)]
)
def test_every_trigger_fires_under_any_number_of_optimizers(tmp_path, clock, family, optimizers):
    """Lightning counts the steps of all optimizers; images are images, and the average takes each batch once."""
    saved: dict[str, list[int]] = {"images": [], "minutes": [], "epochs": []}
    callbacks = {
        "images": made(tmp_path / "images", every_images=8),
        "minutes": made(tmp_path / "minutes", every_minutes=0.5),
        "epochs": made(tmp_path / "epochs", every_epochs=1.0),
    }
    for name, callback in callbacks.items():
        (tmp_path / name).mkdir()
        callback.store.save = lambda state, images, name=name: saved[name].append(images)
    module = family()
    learn = module.learn
    module.learn = lambda *given: (learn(*given), clock.__setitem__(0, clock[0] + 20))  # 20 seconds a batch
    trainer = Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        callbacks=list(callbacks.values()),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    data = [small.batch(4 * place, 4) for place in range(6)]
    trainer.fit(module, datamodule=small.Data(data))
    assert len(trainer.optimizers) == optimizers
    assert saved == {"images": [8, 16, 24], "minutes": [8, 16, 24], "epochs": [12, 24]}
    assert module.averaged_images == 24 - module.codec.images
