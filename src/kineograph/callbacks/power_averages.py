"""Keeps averages of different memories and their snapshots, from which one of any memory can be made after training
("EDM2": Karras et al. 2024, arXiv:2312.02696, Sec. 3)."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import LightningModule, Trainer
from safetensors.torch import save_file
from torch import nn

from kineograph.callbacks.periodic import Periodic
from kineograph.core.errors import UserError
from kineograph.core.power_average import gamma_of, keep


class PowerAverages(Periodic):
    """One average of the sampled networks for each of ``sigma_rels``; a snapshot of each every ``every_images``.

    The averages travel in the animator's state, so that a resumed run is the run that never stopped. Works for every
    family.
    """

    def __init__(self, *, sigma_rels: list[float], every_images: int, run_dir: str):
        super().__init__(every_images=every_images)
        self.gammas = [gamma_of(sigma_rel) for sigma_rel in sigma_rels]
        self.folder = Path(run_dir) / "averages"
        self.seen = 0  # images that the averages have taken in

    def on_fit_start(self, trainer: Trainer, pl_module: Any) -> None:
        if pl_module.device_mesh is not None:
            raise UserError("callbacks=[power_averages] cannot copy the parts of trainer=fsdp; leave it out")
        pl_module.power_averages = nn.ModuleList(
            nn.ModuleDict(
                {name: deepcopy(getattr(pl_module, name)).requires_grad_(False).eval() for name in pl_module.averaged}
            )
            for _ in self.gammas
        )

    def on_train_start(self, trainer: Trainer, pl_module: Any) -> None:
        self.seen = pl_module.averaged_images
        super().on_train_start(trainer, pl_module)

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.follow(pl_module)
        super().on_train_batch_end(trainer, pl_module, outputs, batch, batch_idx)

    def follow(self, animator: Any) -> None:
        """Takes the newest batch into the averages, unless they have it."""
        images = animator.averaged_images - self.seen
        if images:
            self.seen += images
            for gamma, copies in zip(self.gammas, animator.power_averages, strict=True):
                self.update(animator, copies, keep(images, self.seen, gamma))

    @torch.no_grad()
    def update(self, animator: LightningModule, copies: nn.ModuleDict, kept: float) -> None:
        for name, copy in copies.items():
            network = getattr(animator, name)
            torch._foreach_lerp_(list(copy.parameters()), list(network.parameters()), 1 - kept)
            for mine, buffer in zip(copy.buffers(), network.buffers(), strict=True):
                mine.copy_(buffer)

    def act(self, trainer: Trainer, animator: Any) -> None:
        if not trainer.is_global_zero or self.seen == 0:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for place, (gamma, copies) in enumerate(zip(self.gammas, animator.power_averages, strict=True)):
            state = {name: tensor.contiguous().cpu() for name, tensor in copies.state_dict().items()}
            path = self.folder / f"images-{self.seen:012d}-{place}.safetensors"
            save_file(state, path, metadata={"images": str(self.seen), "gamma": repr(gamma)})
