import os
import signal

import pytest

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
