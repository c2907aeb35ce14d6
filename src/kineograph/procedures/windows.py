"""A roll-out for what is made beside a film that is there already: each window is told which of its frames it makes."""

from collections.abc import Callable

import torch
from jaxtyping import Int
from torch import Tensor

from kineograph.core.protocols import Rollout
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video

Places = Int[Tensor, "t"]  # of the window's frames in the film


def by_windows(
    rollout: Rollout, make: Callable[[Condition, Places, Noise], Video], condition: Condition, noise: Noise
) -> Video:
    """The film that ``rollout`` puts together of what ``make`` answers. A guide as long as the film is cut with it."""
    own, length = condition.guide, condition.num_frames
    numbers = torch.arange(length, device=condition.device).to(condition.known)
    counted = condition._replace(guide=numbers.view(1, -1, 1, 1, 1).expand(condition.batch, -1, -1, -1, -1))

    def window(part: Condition, noise: Noise) -> Video:
        assert part.guide is not None
        places = part.guide[0, :, 0, 0, 0].long()  # roll-outs cut guides, so it says which frames these are
        guide = own if own is None or own.shape[1] != length else own[:, places]
        return make(part._replace(guide=guide), places, noise)

    return rollout(window, counted, noise)
