"""What a task draws of a clip follows from the clip's key and its very pixels: so from (seed, position) in training,
where the key's window is drawn from these, and in evaluation it is always the same, whatever the batch."""

from kineograph.core.random import Noise, mix
from kineograph.core.types import Clip


def keyed_noise(clip: Clip) -> Noise:
    """One stream a clip."""
    levels = ((clip.video.detach() + 1) * 127.5).round().long().flatten(1).sum(dim=1)  # whole numbers: exact
    return Noise([mix(*pair) for pair in zip(clip.key.tolist(), levels.tolist(), strict=True)], clip.video.device)
