"""Guidance by a bad version of the model itself (Karras et al. 2024, arXiv:2406.02507, Eq. 3)."""

from functools import partial

from safetensors import SafetensorError, safe_open
from torch import nn

from kineograph.core.errors import UserError
from kineograph.core.frozen import Frozen
from kineograph.core.local_file import local_file
from kineograph.core.protocols import Denoise, Process
from kineograph.core.types import Condition, Level, Video

PREFIX = "averaged.denoiser."  # of the weights that a denoiser samples with, in the files of `kineograph export`


class Autoguidance:
    """Moves the estimate away from that of ``weak``, a smaller or less trained denoiser told the same.

    ``weights`` is an exported file of the weak model, read at the first call; ``scale`` 1 is no guidance. Raises
    UserError where the file is missing or does not fit.
    """

    def __init__(self, *, scale: float, weak: nn.Module, process: Process, weights: str | None):
        self.scale = scale
        self.process = process
        self.weights = weights
        self.weak = Frozen(identity=(type(weak).__name__, weights), load=partial(self.load, weak))

    def __call__(self, denoise: Denoise) -> Denoise:
        def guided(noisy: Video, level: Level, condition: Condition) -> Video:
            bad = self.process.denoise(self.weak, noisy, level, condition)
            return bad + self.scale * (denoise(noisy, level, condition) - bad)

        return denoise if self.scale == 1 else guided

    def load(self, weak: nn.Module) -> nn.Module:
        if self.weights is None:
            raise UserError("guidance=autoguidance needs the weak model: animator.guidance.weights=FILE.safetensors")
        try:
            with safe_open(local_file(self.weights), framework="pt", device="cpu") as file:
                names = [name for name in file.keys() if name.startswith(PREFIX)]  # noqa: SIM118 (not a mapping)
                state = {name.removeprefix(PREFIX): file.get_tensor(name).float() for name in names}
            weak.load_state_dict(state)
        except (OSError, SafetensorError) as error:
            raise UserError(f"animator.guidance.weights: '{self.weights}' cannot be read: {error}") from error
        except RuntimeError as error:
            raise UserError(
                f"'{self.weights}' does not fit animator.guidance.weak: {' '.join(str(error).split())[:200]}"
            ) from error
        return weak
