"""A number that goes with the images seen: half a cosine from its first to its last value (as R3GAN's gamma, beta2 and
augmentation do, Huang et al. 2024, arXiv 2501.05441, appendix)."""

import math


class Anneal:
    """A pure function of the clock (in images), so that stopping and resuming cannot change it."""

    def __init__(self, *, first: float | int, last: float | int, start_images: int, end_images: int):
        self.first = first
        self.last = last
        self.start_images = start_images
        self.end_images = end_images

    def __call__(self, images_seen: int) -> float:
        length = max(1, self.end_images - self.start_images)
        progress = min(1.0, max(0.0, (images_seen - self.start_images) / length))
        return self.last + (self.first - self.last) * 0.5 * (1 + math.cos(math.pi * progress))
