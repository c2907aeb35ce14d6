"""A published model (here tiny and random) goes through train, evaluate and animate like any animator."""

import json

import pytest
import torch

from kineograph.cli.main import main
from kineograph.core.video import read, write
from kineograph.runtime.checkpoint_store import CheckpointStore
from tests.networks.giants.told import tiny_giant

__all__ = ["tiny_giant"]  # a fixture
TINY = [
    "debug=tiny", "data=moving_shapes", "clip.text_dim=1", "clip.num_tokens=40", "data.task.tell_text=true",
    "data.batch_size=1", "callbacks=[checkpoint]", "metrics=[]", "logger=[csv]", "animator.giant.num_steps=2",
    "animator.giant.height=32", "animator.giant.width=32", "animator.tuning.rank=2",
]  # fmt: skip


@pytest.mark.slow
def test_tuned_scored_and_used(tiny_giant, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    weights = f"animator.giant.weights={tiny_giant('animate_diff').folder}"
    model = ["animator=pretrained", "animator/giant=animate_diff", weights]
    assert main(["train", *model, *TINY, "max_images=0", "run_dir=published"]) == 0
    assert main(["train", *model, *TINY, "max_images=3", "run_dir=tuned", "animator.optimizer.lr=0.1"]) == 0
    state = CheckpointStore(folder="tuned/checkpoints", keep=2).latest()
    assert state is not None and state["images_seen"] == 3
    assert not any(name.startswith("giant") for name in state["animator"])
    evaluate = ["evaluate", "run=[published,tuned]", "metrics=[flicker]", "num_clips=2", "previews=1", "out=rows"]
    assert main(evaluate) == 0
    rows = {name: json.loads((tmp_path / "rows" / f"{name}.json").read_text()) for name in ("pretrained", "tuned")}
    assert rows["tuned"]["parameters"] == rows["pretrained"]["parameters"] > 1000
    assert rows["tuned"]["cost"]["network_calls"] == 2
    assert rows["tuned"]["metrics"] != rows["pretrained"]["metrics"]
    write(tmp_path / "picture.png", torch.full((1, 40, 30, 3), 200, dtype=torch.uint8), 1.0, {})
    words = ["animate", "picture.png", "-o", "film.webp", "run=tuned", "animator.giant.prompt='a cat'", "--frames", "3"]
    assert main(words) == 0
    assert read(tmp_path / "film.webp").frames.shape == (3, 40, 30, 3)
