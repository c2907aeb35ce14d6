"""A codec and how it is trained, before the animator that works in its latents."""

from functools import partial
from pathlib import Path

import torch
from jaxtyping import Float, Int
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from kineograph.animators.kept_latents import KeptLatents, Latents
from kineograph.animators.schedule import Schedule
from kineograph.core.errors import UserError
from kineograph.core.protocols import Codec, TrainableCodec
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition, Scalar, Turn, Video, Weighted

Chosen = Int[Tensor, "b n"]  # frames of each clip, in order
LENT = ("averaged.coder.", "codec.network.")  # where an exported run keeps its codec: animator=video_codec, any other


class Stage(nn.Module):
    """Holds a codec with its losses; it learns during the run's first ``images`` images and rests afterwards."""

    def __init__(
        self,
        *,
        network: nn.Module,
        losses: dict[str, Weighted],
        optimizer: partial[torch.optim.Optimizer] | None,  # None where there is nothing to learn
        schedule: Schedule | None,
        grad_clip: float | None,  # largest norm of the gradient
        images: int,
        num_frames: int | None,  # of each clip that a batch shows, the known ones before others; None: all of them
        weights: str | None,  # folder of an exported run whose codec it begins with; None: with its own
        kept: str | None,  # folder of what was encoded before, for a codec that does not learn; None: always encodes
    ):
        super().__init__()
        if kept is not None and images > 0:
            raise UserError(
                f"animator.codec.kept: this codec learns during animator.codec.images={images}; export one that has "
                "learned and begin with it: animator.codec.weights=DIR animator.codec.images=0"
            )
        self.network = network
        self.losses = losses
        self.optimizer = optimizer
        self.schedule = schedule
        self.grad_clip = grad_clip
        self.images = images
        self.num_frames = num_frames
        self.weights = weights
        self.kept = None if kept is None else KeptLatents(Path(kept), self._encoded)

    def begin(self) -> None:
        """Takes over the codec of the exported run, where one is named. Raises UserError where it does not fit."""
        if self.weights is None:
            return
        path = Path(self.weights) / "weights.safetensors"
        if not path.is_file():
            raise UserError(
                f"animator.codec.weights: there is no '{path}'; kineograph export run=RUN -o {self.weights} writes it"
            )
        try:
            every = load_file(path)
            prefix = next((word for word in LENT if any(name.startswith(word) for name in every)), LENT[-1])
            lent = {name.removeprefix(prefix): every[name] for name in every if name.startswith(prefix)}
            self.network.load_state_dict(lent)
        except (OSError, SafetensorError, RuntimeError) as error:
            told = " ".join(str(error).split())[:200]
            raise UserError(
                f"animator.codec.weights: '{path}' does not fit animator.codec.network; choose the codec of its "
                f"config.yaml: {told}"
            ) from error

    def encoded(self, video: Video, condition: Condition) -> tuple[Latents, Condition]:
        """The film's latents, and the condition as the codec has it, for training in them."""
        with torch.no_grad():
            return (self.kept or self._encoded)(video, condition)

    def _encoded(self, video: Video, condition: Condition) -> tuple[Latents, Condition]:
        codec: Codec = self.network  # pyright: ignore[reportAssignmentType]
        return codec.encode(video, condition), codec.encode_condition(condition)

    def terms(self, clip: Clip, condition: Condition, noise: Noise) -> dict[str, Scalar]:
        """Each named loss of the reconstruction, weighted."""
        return self.priced(self.turn(clip, condition, noise))

    def turn(self, clip: Clip, condition: Condition, noise: Noise) -> Turn:
        """The film there and back, beside what it was."""
        codec: TrainableCodec = self.network  # pyright: ignore[reportAssignmentType]
        video, condition = some_frames(clip.video, condition, self.num_frames, noise)
        rebuilt = codec.reconstruct(video, condition, noise)
        return Turn(video, rebuilt.video, condition, None, rebuilt.extras, None, None, None)

    def priced(self, turn: Turn) -> dict[str, Scalar]:
        return {f"codec/{name}": weight * loss(turn) for name, (loss, weight) in self.losses.items()}


def some_frames(
    video: Video, condition: Condition, count: int | None, noise: Noise
) -> tuple[Float[Tensor, "b n c h w"], Condition]:
    """So many frames of each clip and of what it is told, as ``draw_frames`` draws them; None: all of them."""
    if count is None or count >= condition.num_frames:
        return video, condition
    chosen = draw_frames(condition, count, noise)
    known, mask, times = (at(field, chosen) for field in (condition.known, condition.mask, condition.times))
    return at(video, chosen), condition._replace(known=known, mask=mask, times=times)


def draw_frames(condition: Condition, count: int, noise: Noise) -> Chosen:
    """``count`` frames of each clip, drawn for each alone: known ones, all but one at most, then any others."""
    told = condition.mask.amax(dim=(2, 3, 4))  # b t
    order = told + noise.uniform(condition.num_frames)
    later = (told > 0) & (order.argsort(dim=1, descending=True).argsort(dim=1) >= count - 1)
    return (order - 2 * later).topk(count, dim=1).indices.sort(dim=1).values


def at(frames: Tensor, chosen: Chosen) -> Tensor:
    """The chosen frames (b n ...) of each clip's (b t ...)."""
    return frames[torch.arange(len(chosen), device=chosen.device)[:, None], chosen]
