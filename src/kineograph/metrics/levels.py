"""Films in 8-bit levels, the units of what is measured on pixels."""

from kineograph.core.types import PerClip, Video

LEVELS_PER_UNIT = 127.5  # [-1, 1] spans 255 levels


def to_levels(video: Video) -> Video:
    """0 to 255, as a file would hold it, still floats."""
    return ((video + 1) * LEVELS_PER_UNIT).round().clamp(0, 255)


def motion_amount(video: Video) -> PerClip:
    """Mean absolute difference of neighbouring frames, in 8-bit levels; 0 for a still picture."""
    return to_levels(video).diff(dim=1).abs().mean(dim=(1, 2, 3, 4))
