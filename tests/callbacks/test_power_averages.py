import pytest
import torch
from pytorch_lightning import LightningModule, Trainer
from safetensors.torch import load_file
from torch import nn

from kineograph.callbacks.power_averages import PowerAverages
from kineograph.core.errors import UserError
from kineograph.core.power_average import gamma_of
from tests.callbacks.stand_in import StandIn
from tests.callbacks.test_checkpointing import made


class Moving(LightningModule):
    """Its one weight is the square of the images seen."""

    def __init__(self):
        super().__init__()
        self.denoiser = nn.Linear(1, 1, bias=False)
        self.averaged = nn.ModuleDict({"denoiser": nn.Linear(1, 1, bias=False)})
        self.images_seen = self.averaged_images = self.batches_seen = 0
        self.accumulate = 1

    def advance(self, images: int) -> None:
        self.images_seen += images
        self.averaged_images += images
        with torch.no_grad():
            self.denoiser.weight.fill_(float(self.images_seen) ** 2)


@pytest.fixture
def trainer() -> Trainer:
    return Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)


def walk(callback, trainer, animator, batches):
    for _ in range(batches):
        animator.advance(2)
        callback.on_train_batch_end(trainer, animator, None, None, 0)


def begin(callback, trainer, animator):
    callback.on_fit_start(trainer, animator)
    callback.on_train_start(trainer, animator)


def test_averages_follow_their_profile_and_snapshots_are_written(trainer, tmp_path):
    callback = PowerAverages(sigma_rels=[0.05, 0.1], every_images=100, run_dir=str(tmp_path))
    animator = Moving()
    begin(callback, trainer, animator)
    walk(callback, trainer, animator, 200)
    names = sorted(path.name for path in (tmp_path / "averages").iterdir())
    assert names == [f"images-{n:012d}-{place}.safetensors" for n in (100, 200, 300, 400) for place in (0, 1)]
    for place, sigma_rel in enumerate((0.05, 0.1)):
        gamma = gamma_of(sigma_rel)
        direct = 400.0**2 * (gamma + 1) / (gamma + 3)  # the integral of t^2 under the profile
        state = load_file(tmp_path / "averages" / f"images-000000000400-{place}.safetensors")
        assert state["denoiser.weight"].item() == pytest.approx(direct, rel=0.01)


def test_a_resumed_run_has_the_averages_of_one_that_never_stopped(trainer, tmp_path):
    animators = []
    for parts in ((30,), (11, 19)):
        state, animator = None, Moving()
        for batches in parts:
            callback = PowerAverages(sigma_rels=[0.05], every_images=1000, run_dir=str(tmp_path))
            resumed = Moving()
            callback.on_fit_start(trainer, resumed)
            if state is not None:
                resumed.load_state_dict(state)
                resumed.images_seen, resumed.averaged_images = animator.images_seen, animator.averaged_images
            callback.on_train_start(trainer, resumed)
            walk(callback, trainer, resumed, batches)
            animator, state = resumed, resumed.state_dict()
        animators.append(animator)
    first, second = (animator.power_averages[0]["denoiser"].weight for animator in animators)
    assert torch.equal(first, second)


def test_a_checkpoint_that_is_written_before_its_turn_has_the_batch_at_hand(tmp_path):
    """As by a stop in an evaluation that is listed before it."""
    ends = []
    for stop in (False, True):
        callback, animator = (
            PowerAverages(sigma_rels=[0.05], every_images=10, run_dir=str(tmp_path / f"{stop}")),
            Moving(),
        )
        trainer = StandIn(callback)
        begin(callback, trainer, animator)
        walk(callback, trainer, animator, 9)
        animator.advance(2)
        if stop:
            state = made(tmp_path).state(trainer, animator)["animator"]
            callback = PowerAverages(sigma_rels=[0.05], every_images=10, run_dir=str(tmp_path / f"{stop}"))
            callback.on_fit_start(trainer, animator)
            animator.load_state_dict(state)
            callback.resumed = 10
            callback.on_train_start(trainer, animator)
            callback.on_train_epoch_start(trainer, animator)
        else:
            callback.on_train_batch_end(trainer, animator, None, None, 0)
        walk(callback, trainer, animator, 6)
        ends.append(animator.power_averages[0]["denoiser"].weight)
        names = sorted(path.name for path in (tmp_path / f"{stop}" / "averages").iterdir())
        assert names == [f"images-{n:012d}-0.safetensors" for n in (10, 20, 30)]
    assert torch.equal(*ends)


def test_parts_of_networks_are_not_copied(trainer, tmp_path, monkeypatch):
    monkeypatch.setattr(Moving, "device_mesh", {"data_parallel": None}, raising=False)
    callback = PowerAverages(sigma_rels=[0.05], every_images=100, run_dir=str(tmp_path))
    with pytest.raises(UserError, match="trainer=fsdp"):
        callback.on_fit_start(trainer, Moving())
