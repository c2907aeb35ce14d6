"""How a learning rate goes with the number of images seen: linear warm-up, then a cosine down to a final share."""

import math


class Schedule:
    """A pure function of the clock (in images), so that stopping and resuming cannot change it."""

    def __init__(
        self,
        *,
        start_images: int,  # the clock when this optimizer begins
        warmup_images: int,
        end_images: int,  # the clock when only ``final`` is left
        final: float,  # share of the full rate; 1 = stays constant after the warm-up
    ):
        self.start_images = start_images
        self.warmup_images = warmup_images
        self.end_images = end_images
        self.final = final

    def __call__(self, images_seen: int) -> float:
        """The factor on the base rate."""
        images = images_seen - self.start_images
        if images < self.warmup_images:
            return (images + 1) / (self.warmup_images + 1)
        length = max(1, self.end_images - self.start_images - self.warmup_images)
        progress = min(1.0, (images - self.warmup_images) / length)
        return self.final + (1 - self.final) * 0.5 * (1 + math.cos(math.pi * progress))
