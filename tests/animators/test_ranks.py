"""Two ranks are one rank with the doubled batch, for every family, codec phase included."""

import os
import socket
from pathlib import Path

import pytest
import torch
from pytorch_lightning import Trainer
from pytorch_lightning.plugins.environments import TorchElasticEnvironment
from pytorch_lightning.strategies import DDPStrategy
from torch import nn
from torch.multiprocessing import start_processes
from torch.utils.data import DataLoader

from kineograph.animators.trained import Trained

from . import small

BATCHES, SIZE = 4, 2
FAMILIES = ["gan", "diffusion", "regression"]


class WithBatchStatistics(small.SmallGenerator):
    """Two ranks of it are not one rank with the doubled batch, but they must stay one network."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)

    def forward(self, condition, latent):
        made = super().forward(condition, latent)
        return made._replace(video=self.norm(made.video.flatten(0, 1)).unflatten(0, made.video.shape[:2]))


def made(family: str) -> Trained:
    if family == "statistics":
        torch.manual_seed(0)
        return small.gan(generator=WithBatchStatistics())
    return getattr(small, family)()


def work(rank: int, port: int, folder: str) -> None:
    """One rank of two: trains each family on its share of each batch and writes the weights."""
    places = {"RANK": rank, "LOCAL_RANK": rank, "GROUP_RANK": 0, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "test"}
    os.environ.update({name: str(value) for name, value in (places | address).items()})
    torch.set_num_threads(1)
    for family in [*FAMILIES, "statistics"]:
        animator = made(family)
        data = [small.batch((2 * step + rank) * SIZE, SIZE) for step in range(BATCHES)]
        trainer = Trainer(
            max_epochs=1,
            accelerator="cpu",
            devices=2,
            strategy=DDPStrategy(find_unused_parameters=True, process_group_backend="gloo"),
            plugins=[TorchElasticEnvironment()],
            use_distributed_sampler=False,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            log_every_n_steps=1,
        )
        trainer.fit(animator, DataLoader(data, batch_size=None, collate_fn=tuple))  # type: ignore[arg-type]
        torch.save({"state": animator.state_dict(), "latest": animator.latest}, Path(folder) / f"{family}{rank}.pt")


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two ranks made of every family; one pair of processes for all, since they are slow to start."""
    folder = tmp_path_factory.mktemp("ranks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start_processes(work, args=(port, str(folder)), nprocs=2, start_method="fork")
    return folder


@pytest.mark.parametrize("family", FAMILIES)
def test_two_ranks_are_one_with_the_doubled_batch(family, fit, ranks):
    first, second = (torch.load(ranks / f"{family}{rank}.pt", weights_only=True) for rank in (0, 1))
    alone = fit(made(family), batches=BATCHES, size=2 * SIZE)
    for name, value in alone.state_dict().items():
        assert torch.equal(first["state"][name], second["state"][name]), name
        torch.testing.assert_close(first["state"][name], value, rtol=1e-4, atol=1e-5, msg=name)
    assert first["latest"] == pytest.approx(alone.latest, rel=1e-4)


def test_ranks_with_batch_statistics_keep_the_same_weights(ranks):
    first, second = (torch.load(ranks / f"statistics{rank}.pt", weights_only=True) for rank in (0, 1))
    before = made("statistics").state_dict()
    for name, value in first["state"].items():
        if "running" not in name:  # each saw its own clips; rank 0's are the ones that count
            assert torch.equal(value, second["state"][name]), name
    assert not torch.equal(first["state"]["generator.norm.weight"], before["generator.norm.weight"])
    assert first["latest"] == second["latest"]
