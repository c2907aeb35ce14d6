from pathlib import Path

import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from kineograph.core.video import write
from kineograph.runtime.tensorboard_log import TensorboardLog


def test_images_seen_is_the_step(tmp_path):
    strip = write(tmp_path / "s.png", torch.zeros(2, 8, 8, 3, dtype=torch.uint8), 12.0, {})
    log = TensorboardLog(folder=str(tmp_path / "tensorboard"))
    log.log_metrics({"train/l1": 0.5}, step=640)
    log.show("preview", Path("unused.mp4"), strip, 640)
    log.finalize("success")
    events = EventAccumulator(str(tmp_path / "tensorboard"), size_guidance={"images": 0})
    events.Reload()
    assert [(event.step, event.value) for event in events.Scalars("train/l1")] == [(640, 0.5)]
    assert events.Images("preview")[0].width == 16
