import math

import pytest
import torch

from kineograph.core.video import Film


def disc_film(num_frames: int = 8, size: int = 32) -> Film:
    """A soft coloured disc that moves along an arc over a graded ground."""
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    ground = torch.stack([60 + 2.0 * rows, 90 + 1.5 * columns, 140 - 1.0 * rows], dim=-1)
    frames = []
    for place in range(num_frames):
        angle = 2 * math.pi * place / 24
        centre = (size / 2 + 7 * math.sin(angle), size / 2 + 7 * math.cos(angle))
        inside = torch.sigmoid(5 - ((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2).sqrt())[..., None]
        frames.append(ground * (1 - inside) + torch.tensor([220.0, 60.0, 40.0]) * inside)
    times = torch.arange(num_frames, dtype=torch.float64) / 12
    return Film(torch.stack(frames).round().to(torch.uint8), times, 12.0)


def distance(one: Film, other: Film) -> float:
    """Root mean squared difference of pixels, in steps of 0 to 255."""
    return (one.frames.double() - other.frames.double()).square().mean().sqrt().item()


@pytest.fixture
def moving() -> Film:
    return disc_film()


@pytest.fixture
def make_moving():
    return disc_film


@pytest.fixture
def rmse():
    return distance
