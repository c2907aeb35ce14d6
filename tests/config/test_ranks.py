"""Two ranks of every named system are one rank with the doubled batch."""

import os
import socket
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning.plugins.environments import TorchElasticEnvironment
from pytorch_lightning.strategies import DDPStrategy
from torch.multiprocessing import start_processes

from kineograph.cli.compose import compose
from kineograph.core.build import build
from kineograph.core.types import Clip
from tests.config.systems import SYSTEMS, fit

BATCHES, SIZE = 3, 2  # of each rank


def made(name: str) -> tuple[Any, list[Clip], Any]:
    """The system, its batches for both ranks together, and its task; plain gradient steps show every difference."""
    words = [f"experiment={name}", "data=moving_shapes", "data.num_workers=0", f"data.batch_size={2 * SIZE}"]
    config = compose("train", [*words, f"max_images={2 * SIZE * BATCHES}"], []).config
    if config.animator.codec.images:
        config.animator.codec.images = 2 * SIZE  # the first batch is the codec's
    torch.manual_seed(0)
    animator, data = build(config.animator), build(config.data)
    for value in animator.parameters():
        if value.requires_grad and not value.any():  # what begins at zero would keep all that lies before it still
            torch.nn.init.normal_(value, std=0.02)
    for player in ("optimizer", "discriminator_optimizer"):
        if hasattr(animator, player):
            setattr(animator, player, partial(torch.optim.SGD, lr=1e-3))
    if animator.codec.optimizer is not None:
        animator.codec.optimizer = partial(torch.optim.SGD, lr=1e-3)
    if hasattr(animator, "beta2"):
        animator.beta2 = None  # Adam's
    data.setup()
    data.stop_position = 2 * SIZE * BATCHES
    return animator, list(data.train_dataloader(rank=0, world=1)), data.task


def work(rank: int, port: int, folder: str) -> None:
    """One rank of two: trains every system on its half of each batch."""
    places = {"RANK": rank, "LOCAL_RANK": rank, "GROUP_RANK": 0, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "test"}
    os.environ.update({name: str(value) for name, value in (places | address).items()})
    torch.set_num_threads(1)
    warnings.filterwarnings(
        "ignore", message="Grad strides do not match bucket view strides"
    )  # as runtime/worker.py does
    mine = slice(rank * SIZE, (rank + 1) * SIZE)
    for name in SYSTEMS:
        animator, clips, task = made(name)
        halves = [Clip(*(field[mine] for field in clip)) for clip in clips]
        batches = [(half, task(half)) for half in halves]
        strategy = DDPStrategy(find_unused_parameters=True, process_group_backend="gloo")
        fit(animator, batches, devices=2, strategy=strategy, plugins=[TorchElasticEnvironment()])
        torch.save(animator.state_dict(), Path(folder) / f"{name.replace('/', '_')}{rank}.pt")


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ranks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start_processes(work, args=(port, str(folder)), nprocs=2, start_method="fork")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_two_ranks_are_one_with_the_doubled_batch(name, ranks):
    first, second = (torch.load(ranks / f"{name.replace('/', '_')}{rank}.pt", weights_only=True) for rank in (0, 1))
    animator, clips, task = made(name)
    before = {entry: value.clone() for entry, value in animator.state_dict().items()}
    alone = fit(animator, [(clip, task(clip)) for clip in clips]).state_dict()
    for entry, value in alone.items():
        assert torch.equal(first[entry], second[entry]), entry
        torch.testing.assert_close(first[entry], value, rtol=1e-4, atol=1e-6, msg=entry)
    learned = [entry for entry, value in animator.named_parameters() if value.requires_grad]
    still = [entry for entry in learned if torch.equal(alone[entry], before[entry])]
    assert len(still) < len(learned) / 2, still  # what has nothing to read here: words, classes, pictures
