"""A part of a long film's condition."""

from kineograph.core.types import Condition


def window(condition: Condition, first: int, num_frames: int) -> Condition:
    """These frames, with times from zero; a guide as long as the film is cut with it, any other is shown whole."""
    frames = slice(first, first + num_frames)
    guide = condition.guide
    if guide is not None and guide.shape[1] == condition.num_frames:
        guide = guide[:, frames]
    return condition._replace(
        known=condition.known[:, frames],
        mask=condition.mask[:, frames],
        times=condition.times[:, frames] - condition.times[:, first : first + 1],
        guide=guide,
    )
