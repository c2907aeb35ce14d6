import pytest

from kineograph.callbacks.periodic import Periodic
from kineograph.core.errors import UserError
from tests.callbacks.stand_in import StandIn, animator, see


class Counts(Periodic):
    def __init__(self, every_images: int):
        super().__init__(every_images=every_images)
        self.acts: list[int] = []

    def act(self, trainer, animator) -> None:
        self.acts.append(animator.images_seen)


@pytest.mark.parametrize(
    ("every", "batch", "expected"),
    [(10, 4, [12, 20, 32, 40]), (4, 4, [4, 8, 12, 16, 20, 24, 28, 32, 36, 40]), (3, 8, [8, 16, 24, 32, 40])],
)
def test_acts_when_another_so_many_images_are_seen(every, batch, expected):
    counts, trainer, module = Counts(every), StandIn(), animator()
    counts.on_train_start(trainer, module)
    while module.images_seen < 40:
        see(counts, trainer, module, batch)
    counts.on_train_end(trainer, module)  # just acted: not again
    assert counts.acts == expected
    assert counts.seconds > 0


def test_a_resumed_run_acts_at_the_same_moments():
    counts, trainer, module = Counts(10), StandIn(), animator()
    module.images_seen = 16
    counts.on_train_start(trainer, module)
    for _ in range(4):
        see(counts, trainer, module, 4)
    counts.on_train_end(trainer, module)
    assert counts.acts == [20, 32]


def test_a_resumed_run_takes_up_its_act_once_every_callback_has_begun():
    counts, trainer, module = Counts(10), StandIn(), animator()
    module.images_seen, counts.resumed = 20, 12
    counts.on_train_start(trainer, module)
    assert counts.acts == []
    counts.on_train_epoch_start(trainer, module)
    see(counts, trainer, module, 4)
    assert counts.acts == [20]


def test_once_more_at_the_end_but_not_when_stopped():
    for stopped, expected in ((False, [4]), (True, [])):
        counts, trainer, module = Counts(10), StandIn(), animator()
        counts.on_train_start(trainer, module)
        see(counts, trainer, module, 4)
        trainer.should_stop = stopped
        counts.on_train_end(trainer, module)
        assert counts.acts == expected


def test_never_inside_an_accumulation():
    counts, trainer, module = Counts(4), StandIn(), animator(accumulate=3)
    counts.on_train_start(trainer, module)
    for _ in range(7):
        see(counts, trainer, module, 4)
    assert counts.acts == [12, 24]


def test_an_interval_of_nothing():
    with pytest.raises(UserError, match="^Counts.every_images=0: 1 is the least$"):
        Counts(0)
