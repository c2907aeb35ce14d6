"""What an animator samples with, as one safetensors file with a description inside, and back."""

import hashlib
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from kineograph.core.errors import UserError

SAMPLED = ("averaged.", "codec.")  # what a film needs: the averaged networks and the codec


def export_weights(animator: nn.Module, path: Path, metadata: dict[str, str]) -> Path:
    """Writes what sampling needs, in half precision (training noise is larger than its rounding)."""
    state = {
        name: tensor.detach().cpu().half().contiguous() if tensor.is_floating_point() else tensor.detach().cpu()
        for name, tensor in animator.state_dict().items()
        if name.startswith(SAMPLED)
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
    names = {name for name in wanted if name.startswith(SAMPLED)}
    if names != set(state) or any(wanted[name].shape != state[name].shape for name in names):
        raise UserError(f"'{path}' does not fit this animator; its config.yaml lies beside it")
    animator.load_state_dict(state, strict=False)
    return metadata


def weights_hash(animator: nn.Module) -> str:
    """Sixteen hexadecimal digits that name the weights it samples with, the same before and after an export."""
    digest = hashlib.sha256()
    for name, tensor in sorted(animator.state_dict().items()):
        if name.startswith(SAMPLED):
            digest.update(name.encode())
            exported = tensor.half() if tensor.is_floating_point() else tensor
            digest.update(exported.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
