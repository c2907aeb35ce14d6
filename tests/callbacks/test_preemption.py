import os
import signal

import pytest

from kineograph.callbacks.periodic import Periodic
from kineograph.callbacks.preemption import Preemption
from tests.callbacks.stand_in import StandIn, animator, see


@pytest.fixture
def asked():
    """A callback at work, taken out again after the test."""
    callback, trainer, tiny = Preemption(), StandIn(), animator(accumulate=2)
    before = signal.getsignal(signal.SIGTERM)
    callback.on_train_start(trainer, tiny)
    yield callback, trainer, tiny
    callback.on_exception(trainer, tiny, RuntimeError())
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(("number", "told"), [(signal.SIGTERM, 15), (signal.SIGUSR2, 15), (signal.SIGINT, 2)])
def test_stops_after_the_update(asked, number, told, capsys):
    callback, trainer, tiny = asked
    os.kill(os.getpid(), number)
    see(callback, trainer, tiny, 4)
    assert not trainer.should_stop  # gradients are half gathered
    see(callback, trainer, tiny, 4)
    assert trainer.should_stop
    assert callback.stopped_by == told


@pytest.mark.usefixtures("asked")
def test_further_signals():
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_goes_on_unasked(asked):
    callback, trainer, tiny = asked
    for _ in range(4):
        see(callback, trainer, tiny, 4)
    assert not trainer.should_stop
    assert callback.stopped_by is None


class Evaluating(Periodic):
    """Is asked to stop, twice, in the middle of its act."""

    def act(self, trainer, animator) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGUSR2)
        animator.latest = {"acted": 1.0}


class Saving:
    def __init__(self) -> None:
        self.saved: list[int] = []

    def save_between(self, trainer, animator) -> None:
        self.saved.append(animator.images_seen)


def test_a_checkpoint_is_written_at_once_during_an_evaluation(asked):
    callback, trainer, tiny = asked
    evaluating, saving = Evaluating(every_images=4), Saving()
    trainer.callbacks = [evaluating, saving]
    evaluating.on_train_start(trainer, tiny)
    tiny.batches_seen = 1
    see(evaluating, trainer, tiny, 4)
    assert saving.saved == [4]  # once, and the evaluation went on to its end
    assert tiny.latest == {"acted": 1.0}
    callback.on_train_batch_end(trainer, tiny, None, None, 0)
    assert trainer.should_stop
