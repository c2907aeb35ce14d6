"""An animator's averaged networks as one safetensors file with a description inside, and back."""

import hashlib
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from kineograph.core.errors import UserError

AVERAGED = "averaged."
CLOCK = "_extra_state"


def export_weights(animator: nn.Module, path: Path, metadata: dict[str, str]) -> Path:
    """Writes what sampling needs: the averaged networks and the clock."""
    state = {
        name: tensor.detach().cpu().contiguous().clone()
        for name, tensor in animator.state_dict().items()
        if name.startswith(AVERAGED) or name == CLOCK
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path, metadata=metadata)
    return path


def import_weights(animator: nn.Module, path: Path) -> dict[str, str]:
    """Loads a file of `export_weights` and returns its description. Raises UserError when it does not fit."""
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            metadata = dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise UserError(f"'{path}' is not a safetensors file, or is damaged: {error}") from error
    wanted = animator.state_dict()
    names = {name for name in wanted if name.startswith(AVERAGED)}
    given = {name for name in state if name != CLOCK}
    if names != given or any(wanted[name].shape != state[name].shape for name in names):
        raise UserError(f"'{path}' does not fit this animator; its config.yaml lies beside it")
    animator.load_state_dict(state, strict=False)
    return metadata


def weights_hash(animator: nn.Module) -> str:
    """Sixteen hexadecimal digits that name the averaged weights, whatever file they came from."""
    digest = hashlib.sha256()
    for name, tensor in sorted(animator.state_dict().items()):
        if name.startswith(AVERAGED):
            digest.update(name.encode())
            digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]
