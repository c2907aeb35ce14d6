import sys

from kineograph.callbacks import progress_report as module
from kineograph.callbacks.progress_report import ProgressReport
from tests.callbacks.stand_in import StandIn, animator, see


def test_plain_lines(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    report, trainer, tiny = ProgressReport(max_images=100, every_seconds=10.0), StandIn(), animator()
    tiny.images_seen, tiny.latest = 20, {"train/l1": 0.25}
    report.on_train_start(trainer, tiny)
    for _ in range(20):
        now[0] += 4
        see(report, trainer, tiny, 4)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "train: resumed at 20 images"
    assert lines[1] == "train: 32/100 images  1.0/s  1:08 left  l1 0.25"
    assert lines[-1] == "train: 100/100 images  1.0/s  0:00 left  l1 0.25"
    assert len(lines) == 8


def test_a_bar_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    report, trainer, tiny = ProgressReport(max_images=8, every_seconds=10.0), StandIn(), animator()
    report.on_train_start(trainer, tiny)
    see(report, trainer, tiny, 8)
    assert report.bar is not None
    assert report.bar.tasks[0].completed == 8
    report.on_exception(trainer, tiny, RuntimeError())
    assert report.bar is None


def test_other_ranks_are_silent(monkeypatch, capsys):
    monkeypatch.setattr(StandIn, "is_global_zero", property(lambda self: False))
    report, trainer, tiny = ProgressReport(max_images=8, every_seconds=0.0), StandIn(), animator()
    report.on_train_start(trainer, tiny)
    see(report, trainer, tiny, 8)
    assert capsys.readouterr().err == ""
