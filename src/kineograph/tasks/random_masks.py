"""One model for all tasks: past and future are given or withheld at random, each on its own (Voleti et al. 2022,
"MCVD", arXiv:2205.09853, section 3.2)."""

import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Clip, Condition
from kineograph.tasks.keyed_noise import keyed_noise
from kineograph.tasks.told import tell


class RandomMasks:
    """With probability ``hidden`` no past frame is known, else 1 to ``num_past`` of them; the future likewise.

    What is known of a clip follows from the clip alone. Raises UserError where all frames may be known.
    """

    def __init__(
        self, *, num_past: int, num_future: int, hidden: float, tell_label: bool, tell_text: bool, tell_motion: bool
    ):
        if num_past < 1 or num_future < 1 or not 0 <= hidden <= 1:
            raise UserError(f"data.task: num_past={num_past}, num_future={num_future} of 1 or more, hidden={hidden}")
        self.num_past = num_past
        self.num_future = num_future
        self.hidden = hidden
        self.tell_label = tell_label
        self.tell_text = tell_text
        self.tell_motion = tell_motion

    def __call__(self, clip: Clip) -> Condition:
        num_frames = clip.video.shape[1]
        if self.num_past + self.num_future >= num_frames:
            raise UserError(
                f"data.task: {self.num_past} + {self.num_future} of {num_frames} frames may be known; lower them"
            )
        noise = keyed_noise(clip)
        past, future = self.count(noise, self.num_past), self.count(noise, self.num_future)
        place = torch.arange(num_frames, device=clip.video.device)[None]
        known = (place < past) | (place >= num_frames - future)  # b t
        mask = known.to(clip.video)[:, :, None, None, None].expand(-1, -1, 1, *clip.video.shape[-2:]).contiguous()
        nothing = torch.zeros(num_frames, dtype=torch.bool, device=clip.video.device)
        told = tell(clip, nothing, self.tell_label, self.tell_text, self.tell_motion)
        return told._replace(known=clip.video * mask, mask=mask)

    def count(self, noise: Noise, most: int) -> torch.Tensor:
        """How many frames are known, (b 1)."""
        given, share = noise.uniform() >= self.hidden, noise.uniform()
        return (given * (1 + (share * most).long().clamp(max=most - 1)))[:, None]
