"""Every named system that was stopped and goes on is the one that never stopped, to the last bit."""

import copy
from typing import Any

import pytest
import torch

from kineograph.cli.compose import compose
from kineograph.core.build import build
from tests.config.systems import SYSTEMS, fit


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_resuming_is_never_having_stopped(name):
    words = [f"experiment={name}", "data=moving_shapes", "debug=tiny", "data.batch_size=4", "data.num_workers=0"]
    config = compose("train", [*words, "max_images=16"], []).config
    if config.animator.codec.images:
        config.animator.codec.images = 4
    data = build(config.data)
    data.setup()
    data.stop_position = 16
    batches = [(clip, data.task(clip)) for clip in data.train_dataloader(rank=0, world=1)]

    def born() -> Any:
        torch.manual_seed(0)
        return build(config.animator)

    whole = fit(born(), batches).state_dict()
    part = fit(born(), batches[:2])
    optimizers = part.optimizers() if isinstance(part.optimizers(), list) else [part.optimizers()]
    state, kept = copy.deepcopy((part.state_dict(), [entry.optimizer.state_dict() for entry in optimizers]))
    again = born()
    again.load_state_dict(state)
    configure = again.configure_optimizers

    def configure_and_load() -> list:
        made = configure()
        for optimizer, entry in zip(made, kept, strict=True):
            optimizer.load_state_dict(entry)
        return made

    again.configure_optimizers = configure_and_load
    torch.manual_seed(99)  # resuming must not lean on the global generator
    resumed = fit(again, batches[2:]).state_dict()
    for entry, value in whole.items():
        assert torch.equal(value, resumed[entry]), entry
