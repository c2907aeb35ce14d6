"""Makes the end of a film run into its beginning (Schoedl et al. 2000, "Video Textures", Sec. 4: cross-fading)."""

import torch

from kineograph.core.errors import UserError, at_least
from kineograph.core.video import Film


class CloseLoop:
    """The last ``num_frames`` frames are laid over the first ones and fade out there; the film is shorter by them.

    Raises UserError for a film that is not longer than twice as many frames.
    """

    def __init__(self, *, num_frames: int):
        at_least(1, postprocess__close_loop__num_frames=num_frames)
        self.num_frames = num_frames

    def __call__(self, film: Film) -> Film:
        count, length = self.num_frames, len(film.frames)
        if length <= 2 * count:
            raise UserError(
                f"postprocess.close_loop.num_frames={count} needs at least {2 * count + 1} frames, not {length}"
            )
        share = (torch.arange(count, dtype=torch.float64) + 1)[:, None, None, None] / (count + 1)
        frames = film.frames[: length - count].clone()
        faded = torch.lerp(film.frames[length - count :].double(), film.frames[:count].double(), share)
        frames[:count] = faded.round().to(torch.uint8)
        return film._replace(frames=frames, times=film.times[: length - count])
