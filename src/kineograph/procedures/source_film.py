"""The film that a procedure works on: a file, or the condition's guide."""

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.types import Condition, Video
from kineograph.core.video import nearest_frames, read, to_float
from kineograph.core.warp import resize


def source_film(
    film: str | None,
    condition: Condition,
    size: tuple[int, int] | None = None,  # the condition's if not given
) -> Float[Tensor, "b t c _ _"]:
    """At this size and the condition's instants and channels; past its end the last frame stays.

    Raises UserError where there is neither a file nor a guide of as many frames.
    """
    size = size or condition.size
    if film is None:
        if condition.guide is None or condition.guide.shape[1] != condition.num_frames:
            raise UserError("procedure.film=FILM is wanted: the condition has no film beside it to work on")
        return in_channels(resize(condition.guide, size), condition.channels)
    given = read(Path(film))
    frames = to_float(given.frames).to(condition.known)
    start = condition.times[:, :1]
    index = torch.stack([nearest_frames(given.times, row) for row in (condition.times - start).double().cpu()])
    video = torch.stack([frames[row.to(frames.device)] for row in index])  # b t c h w
    return in_channels(resize(video, size), condition.channels)


def in_channels(video: Video, channels: int) -> Float[Tensor, "b t _ h w"]:
    """Grey (by luma) from colours, or colours that are grey."""
    if video.shape[2] == channels:
        return video
    if channels == 3:
        return video.expand(-1, -1, 3, -1, -1)
    return torch.einsum("c,btchw->bthw", video.new_tensor([0.299, 0.587, 0.114]), video)[:, :, None]
