"""Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685, Eq. 3): W x + alpha / rank B A x, with B zero at first."""

import json
import math
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from kineograph.core.errors import UserError
from kineograph.networks.tuning.tuning import Tuning


class Lora(Tuning):
    """One pair of matrices for each linear layer whose name ends in one of ``targets``.

    ``start`` is a file of such matrices to begin with, as diffusers and peft write them and ``save`` does. Raises
    UserError where no layer has such a name or the file does not fit.
    """

    def __init__(
        self, *, network: nn.Module, prefix: str, rank: int, alpha: float, targets: list[str], start: str | None
    ):
        super().__init__()
        self.prefix = prefix  # of names in files: transformer or unet
        self.factor = alpha / rank
        self.down, self.up = nn.ParameterDict(), nn.ParameterDict()
        for name, layer in network.named_modules():
            if isinstance(layer, nn.Linear) and name.endswith(tuple(f".{target}" for target in targets)):
                key = name.replace(".", "/")
                self.down[key] = nn.Parameter(torch.empty(rank, layer.in_features, device="cpu"))
                self.up[key] = nn.Parameter(torch.zeros(layer.out_features, rank, device="cpu"))
                nn.init.kaiming_uniform_(self.down[key], a=math.sqrt(5))
        if not len(self.down):
            raise UserError(f"animator.tuning.targets={targets}: no linear layer's name ends so")
        if start is not None:
            self.read(Path(start))

    def lend(self, network: nn.Module) -> list:
        return [
            network.get_submodule(key.replace("/", ".")).register_forward_hook(partial(self._add, key))
            for key in self.down
        ]

    def _add(self, key: str, layer: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> Tensor:
        down, up = self.down[key], self.up[key]
        more = F.linear(F.linear(inputs[0].to(down), down), up)
        return output + (self.factor * more).to(output)

    def save(self, path: Path) -> None:
        """Writes what a pipeline's ``load_lora_weights`` reads, where it has one (Stable Video Diffusion's has none);
        alpha / rank is multiplied in."""
        state = {}
        for key in self.down:
            name = f"{self.prefix}.{key.replace('/', '.')}"
            state[f"{name}.lora_A.weight"] = self.down[key].detach().cpu().contiguous()
            state[f"{name}.lora_B.weight"] = (self.factor * self.up[key]).detach().cpu().contiguous()
        save_file(state, path)

    def read(self, path: Path) -> None:
        """Takes over a file of ``save``, or of diffusers, which keeps rank and alpha beside the matrices."""
        try:
            with safe_open(path, framework="pt") as file:
                state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
                said = json.loads((file.metadata() or {}).get("lora_adapter_metadata", "{}"))
            rank, alpha = (said.get(f"{self.prefix}.{word}") for word in ("r", "lora_alpha"))
            factor = alpha / rank if alpha and rank else 1.0
            if more := len(state) - 2 * len(self.down):
                raise KeyError(f"it has {len(state)} matrices, {more} more than animator.tuning.targets has places for")
            with torch.no_grad():
                for key in self.down:
                    name = f"{self.prefix}.{key.replace('/', '.')}"
                    self.down[key].copy_(state[f"{name}.lora_A.weight"])
                    self.up[key].copy_(state[f"{name}.lora_B.weight"] * (factor / self.factor))
        except (OSError, SafetensorError, KeyError, RuntimeError) as error:
            raise UserError(f"animator.tuning.start: '{path}' does not fit: {' '.join(str(error).split())}") from error
