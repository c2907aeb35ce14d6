"""An average of any memory out of the snapshots of a run ("EDM2": Karras et al. 2024, arXiv:2312.02696, Sec. 3.2)."""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from kineograph.core.errors import UserError
from kineograph.core.power_average import Profile, gamma_of, shares


def reconstruct(folder: Path, sigma_rel: float, images: int | None) -> dict[str, Tensor]:
    """The state of the averaged networks with this memory at ``images``, where a snapshot was taken (None: the newest).

    Raises UserError where there is no snapshot of then, one is damaged, or no average has this memory.
    """
    gamma = gamma_of(sigma_rel)
    held: dict[Path, Profile] = {}
    try:
        for path in sorted(folder.glob("images-*.safetensors")):
            with safe_open(path, framework="pt", device="cpu") as file:
                facts = file.metadata()
            held[path] = Profile(float(facts["images"]), float(facts["gamma"]))
        newest = max((profile.images for profile in held.values()), default=0.0) if images is None else float(images)
        if not held:
            raise UserError(f"'{folder}' holds no snapshots; train with power_averages among callbacks")
        # an average is mostly of what came last: without a snapshot of then, nothing held is like it
        if newest not in (ends := sorted({profile.images for profile in held.values()})):
            there = ", ".join(f"{end:.0f}" for end in ends)
            raise UserError(f"ema_images={newest:.0f}: '{folder}' holds snapshots at {there} images; name one of them")
        held = {path: profile for path, profile in held.items() if profile.images <= newest}
        state: dict[str, Tensor] = {}
        parts = shares(list(held.values()), Profile(newest, gamma))
        for share, path in zip(parts.tolist(), held, strict=True):
            with safe_open(path, framework="pt", device="cpu") as file:
                for name in file.keys():  # noqa: SIM118 (not a mapping)
                    tensor = file.get_tensor(name)
                    if tensor.is_floating_point():
                        state[name] = state.get(name, 0.0) + share * tensor.double()
                    else:
                        state[name] = tensor
    except (OSError, SafetensorError, KeyError, TypeError) as error:
        raise UserError(f"a snapshot in '{folder}' cannot be read: {error}; remove the damaged file") from error
    return state


def give_average(animator: nn.Module, folder: Path, sigma_rel: float, images: int | None) -> None:
    """Lets the animator sample with this average instead of its own."""
    averaged = animator.averaged
    assert isinstance(averaged, nn.ModuleDict)
    with torch.no_grad():
        averaged.load_state_dict(reconstruct(folder, sigma_rel, images))
