"""The film itself is given small and soft, and is wanted sharp: super-resolution and deblurring, the later stages of a
cascade (Ho et al. 2021, arXiv:2106.15282, Sec. 2), noised as the stage before it errs (Sec. 4)."""

import torch
import torch.nn.functional as F
from einops import rearrange

from kineograph.core.errors import UserError
from kineograph.core.types import Clip, Condition, Video
from kineograph.core.warp import resize
from kineograph.tasks.keyed_noise import keyed_noise
from kineograph.tasks.told import tell


class LowResolution:
    """The guide is the clip blurred, then ``factor`` times smaller a side, then noised; frame 0 may be known beside it.

    Each clip draws how much noise, from 0 to ``noise``, and the noise itself; both follow from the clip alone. Raises
    UserError where nothing would be left of the picture.
    """

    def __init__(
        self,
        *,
        factor: int,
        blur: float,  # standard deviation in pixels of the clip; 0 = none
        noise: float,  # most standard deviation, of pixels in [-1, 1]; 0 = none
        tell_first: bool,
        tell_label: bool,
        tell_text: bool,
    ):
        self.factor = factor
        self.blur = blur
        self.noise = noise
        self.tell_first = tell_first
        self.tell_label = tell_label
        self.tell_text = tell_text

    def __call__(self, clip: Clip) -> Condition:
        t, (h, w) = clip.video.shape[1], clip.video.shape[3:]
        if min(h, w) < self.factor:
            raise UserError(f"data.task.factor={self.factor} leaves nothing of pictures of {h}x{w}")
        known = (torch.arange(t) == 0) & self.tell_first
        guide = resize(blurred(clip.video, self.blur), (h // self.factor, w // self.factor))
        if self.noise:
            noise = keyed_noise(clip)
            strength = (self.noise * noise.uniform())[:, None, None, None, None]
            guide = guide + strength * noise.normal(*guide.shape[1:])
        return tell(clip, known, self.tell_label, self.tell_text, False)._replace(guide=guide)


def blurred(video: Video, sigma: float) -> Video:
    """Each frame under a Gaussian; edges are mirrored."""
    if sigma == 0:
        return video
    reach = min(int(3 * sigma + 0.5), min(video.shape[3:]) - 1)
    place = torch.arange(-reach, reach + 1, dtype=video.dtype, device=video.device)
    bell = torch.exp(-((place / sigma) ** 2) / 2)
    bell = bell / bell.sum()
    b = len(video)
    frames = F.pad(rearrange(video, "b t c h w -> (b t c) 1 h w"), (reach,) * 4, mode="reflect")
    frames = F.conv2d(F.conv2d(frames, bell[None, None, :, None]), bell[None, None, None, :])
    return rearrange(frames, "(b t c) 1 h w -> b t c h w", b=b, t=video.shape[1])
