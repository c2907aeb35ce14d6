"""A film of still pictures, so that any difference between frames is the view's."""

import torch

from kineograph.core.types import Condition, Video
from tests.losses.turns import condition


def still(batch: int = 3, num_frames: int = 4, channels: int = 3, height: int = 16, width: int = 16) -> Video:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(batch, 1, channels, height, width, generator=generator).expand(-1, num_frames, -1, -1, -1) * 2 - 1


def given(video: Video) -> Condition:
    """The first frame, and the left half of the last."""
    told = condition(*video.shape)
    mask = told.mask.clone()
    mask[:, -1, :, :, : video.shape[-1] // 2] = 1
    return told._replace(known=video * mask, mask=mask)


def shared(view: torch.nn.Module, video: Video, drawn: torch.Tensor) -> None:
    """Raises unless all frames of a clip are changed alike, clips differently, and the picture as the film."""
    seen, told = view(video, given(video), drawn)
    assert torch.equal(seen, seen[:, :1].expand_as(seen)), "frames of one clip are changed differently"
    for one in range(len(video)):
        assert not torch.allclose(seen[one], video[one], atol=1e-3), "a clip is not changed"
        alone, _ = view(video[one : one + 1], given(video[one : one + 1]), drawn[one : one + 1])
        torch.testing.assert_close(alone[0], seen[one], atol=1e-5, rtol=1e-5)
    known = told.mask.expand_as(seen) > 0
    share = (told.mask[:, 0] > 0).all(dim=(1, 2, 3))  # clips whose first frame is wholly given
    torch.testing.assert_close(told.known[:, 0][share], seen[:, 0][share], atol=1e-4, rtol=1e-4)
    assert not told.known[~known].any()
