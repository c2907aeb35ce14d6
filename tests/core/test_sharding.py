"""Two gloo ranks, each with a part of a denoiser, are one rank with the whole and the doubled batch."""

import os
import socket
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from pytorch_lightning import Trainer
from pytorch_lightning.plugins.environments import TorchElasticEnvironment
from pytorch_lightning.strategies import ModelParallelStrategy
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule
from torch.multiprocessing import spawn

from kineograph.callbacks.checkpointing import Checkpointing
from kineograph.callbacks.periodic import Periodic
from kineograph.cli.compose import compose
from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.sharding import gathered, is_split, whole
from kineograph.runtime.checkpoint_store import CheckpointStore
from tests.animators import small
from tests.animators.conftest import fit_animator
from tests.networks.denoisers import awaken

BATCHES, SIZE = 4, 2
CONF = Path(__file__).resolve().parents[2] / "conf"
DENOISERS = sorted(path.stem for path in (CONF / "animator" / "denoiser").glob("*.yaml"))
LARGE = {"dit_s", "dit_b", "dit_l", "dit_xl"}  # sizes of dit


class Deep(small.SmallDenoiser):
    """With blocks that repeat."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(nn.Conv2d(3, 3, 3, padding=1) for _ in range(3))

    def forward(self, noisy, level, condition):
        x = super().forward(noisy, level, condition).flatten(0, 1)
        for block in self.blocks:
            x = x + torch.tanh(block(x))
        return x.unflatten(0, noisy.shape[:2])


def animator():
    torch.manual_seed(0)
    return small.diffusion(denoiser=Deep(), codec=small.stage(images=0))


class Animating(Periodic):
    """The ranks animate a different number of times."""

    def act(self, trainer, module) -> None:
        for _ in range(1 + trainer.global_rank):
            _, condition = small.batch(0, 2)
            module.animate(condition, Noise([1, 2]))


def work(rank: int, port: int, folder: str) -> None:
    places = {"RANK": rank, "LOCAL_RANK": rank, "GROUP_RANK": 0, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "test"}
    os.environ.update({name: str(value) for name, value in (places | address).items()})
    torch.set_num_threads(1)
    for first, last in ((0, 2), (2, BATCHES)):  # the second time from a checkpoint
        module = animator()
        store = CheckpointStore(folder=f"{folder}/checkpoints", keep=2)
        saving = Checkpointing(run_dir=folder, store=store, every_images=10**6, every_minutes=60.0, every_epochs=None)
        trainer = Trainer(
            max_epochs=1,
            accelerator="cpu",
            devices=2,
            strategy=ModelParallelStrategy(2, 1, process_group_backend="gloo"),
            plugins=[TorchElasticEnvironment()],
            callbacks=[Animating(every_images=4), saving],
            use_distributed_sampler=False,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        data = [small.batch((2 * step + rank) * SIZE, SIZE) for step in range(first, last)]
        trainer.fit(module, datamodule=small.Data(data))
    units = sorted(name for name, part in module.named_modules() if isinstance(part, FSDPModule))
    with gathered(module.averaged):
        inside = is_split(dict(module.averaged.state_dict()))
    shapes = {name: tuple(p.to_local().shape) for name, p in module.denoiser.named_parameters()}
    found = {"state": whole(dict(module.state_dict())), "units": units, "shapes": shapes, "inside": inside}
    torch.save(found, Path(folder) / f"{rank}.pt")
    try:
        gan = small.gan()
        gan._device_mesh = module.device_mesh
        gan.configure_model()
    except UserError as error:
        (Path(folder) / f"gan{rank}").write_text(str(error))


@pytest.mark.slow
def test_parts_learn_what_the_whole_learns(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    spawn(work, args=(port, str(tmp_path)), nprocs=2)
    parts = [torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1)]
    blocks = [f"{name}.blocks.{place}" for name in ("averaged.denoiser", "denoiser") for place in range(3)]
    assert parts[0]["units"] == sorted(["averaged.denoiser", "denoiser", *blocks])
    assert parts[0]["shapes"]["blocks.0.weight"] == (2, 3, 3, 3)  # two of three rows, and the other one
    assert parts[1]["shapes"]["blocks.0.weight"] == (1, 3, 3, 3)
    alone = fit_animator(animator(), batches=BATCHES, size=2 * SIZE).state_dict()
    for name, value in alone.items():
        assert torch.equal(parts[0]["state"][name], parts[1]["state"][name]), name
        torch.testing.assert_close(parts[0]["state"][name], value, rtol=1e-4, atol=1e-5, msg=name)
    assert CheckpointStore(folder=str(tmp_path / "checkpoints"), keep=2).latest()["images_seen"] == 2 * SIZE * BATCHES
    assert "trainer=fsdp is for animator=diffusion" in (tmp_path / "gan0").read_text()


@pytest.fixture(scope="module")
def mesh(tmp_path_factory):
    meet = tmp_path_factory.mktemp("mesh") / "meet"
    dist.init_process_group("gloo", init_method=f"file://{meet}", rank=0, world_size=1)
    yield init_device_mesh("cpu", (1,), mesh_dim_names=("data_parallel",))
    dist.destroy_process_group()


@pytest.mark.filterwarnings("ignore:FSDP2-wrapped module")  # answers are views; none is written into
@pytest.mark.parametrize("name", [name for name in DENOISERS if name not in LARGE])
def test_every_denoiser_learns_in_parts_what_it_learns_whole(name, mesh):
    """With the uncertainty learned beside it, as experiment=diffusion/edm_unet has it."""
    words = ["animator=diffusion", f"animator/denoiser={name}", "data=moving_shapes", "clip.num_frames=4"]
    words += ["+animator.uncertainty._target_=kineograph.networks.uncertainty.Uncertainty"]
    words += ["+animator.uncertainty.num_features=8", "clip.height=32", "clip.width=32", "clip.text_dim=2"]
    words += ["animator/codec=motion", "animator.codec.images=0"] if name == "latent_transformer" else []
    module = build(compose("train", words, []).config.animator)
    torch.manual_seed(0)
    awaken(module, 0.05)
    clip, condition = small.batch(0, 2, num_frames=4, side=32)
    latents, told = module.codec.encoded(clip.video, condition._replace(guide=clip.video))
    level, added = torch.rand(2), torch.randn_like(latents)

    def learned():
        module.zero_grad()
        (loss,) = module.denoising_terms(latents, told, level, added).values()
        loss.backward()
        gradients = {n: p.grad for n, p in module.named_parameters() if p.grad is not None}
        return loss.detach(), {n: gradient.clone() for n, gradient in gradients.items()}

    loss, gradients = learned()
    module._device_mesh = mesh
    module.configure_model()
    assert all(is_split(p) for player in module.optimized() for net in player.networks for p in net.parameters())
    again, parts = learned()
    torch.testing.assert_close(again, loss)
    assert parts.keys() == gradients.keys()
    for key, gradient in gradients.items():
        torch.testing.assert_close(whole(parts[key]), gradient, rtol=1e-3, atol=1e-5, msg=key)


def test_nothing_happens_to_what_is_whole():
    module = small.regression()
    state = {"a": [module.state_dict()], "b": (1, None)}
    assert not is_split(state)
    assert whole(state)["b"] == (1, None)
    assert whole(state)["a"][0].keys() == module.state_dict().keys()
    with gathered(module):
        module.configure_model()
