"""One draw a clip, the same for every frame, and from the clip's own noise alone."""

import pytest
import torch
import torch.nn.functional as F

from kineograph.augment.colour_jitter import ColourJitter
from kineograph.augment.crop_zoom import CropZoom, bicubic
from kineograph.augment.gaussian_noise import GaussianNoise
from kineograph.augment.horizontal_flip import HorizontalFlip
from kineograph.augment.random_crop import RandomCrop
from kineograph.augment.rotation import Rotation
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Clip

ALL = [
    HorizontalFlip(probability=0.5),
    ColourJitter(hue=0.5, saturation=0.3, contrast=0.1),
    CropZoom(zoom=0.2, shift=0.1),
    GaussianNoise(probability=0.7, sigma=0.2),
    RandomCrop(probability=0.7, smallest=0.5),
    Rotation(probability=0.7, degrees=30, fill=1),
]


def clip(batch: int = 6, channels: int = 3) -> Clip:
    still = torch.rand(batch, 1, channels, 9, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return Clip(
        video=still.repeat(1, 3, 1, 1, 1),
        times=torch.arange(3.0).expand(batch, -1),
        label=torch.zeros(batch, dtype=torch.long),
        text=torch.zeros(batch, 0, 4),
        text_mask=torch.zeros(batch, 0, dtype=torch.bool),
        factors=torch.zeros(batch, 0),
        key=torch.arange(batch),
    )


@pytest.mark.parametrize("augment", ALL)
@pytest.mark.parametrize("channels", [1, 3])
def test_frames_change_together_and_clips_by_themselves(augment, channels):
    given = clip(channels=channels)
    changed = augment(given, Noise.at(0, 10, 6)).video
    assert changed.shape == given.video.shape and changed.abs().max() <= 1
    assert torch.equal(changed[:, 0], changed[:, 2]) and not torch.equal(changed, given.video)
    part = Clip(*(field[2:4] for field in given))
    assert torch.allclose(augment(part, Noise.at(0, 12, 2)).video, changed[2:4], atol=1e-6)


def test_flip_is_exact():
    given = clip()
    flipped = HorizontalFlip(probability=1.0)(given, Noise.at(0, 0, 6)).video
    assert torch.equal(flipped, given.video.flip(-1))
    assert torch.equal(HorizontalFlip(probability=0.0)(given, Noise.at(0, 0, 6)).video, given.video)


def test_white_stays_white_and_greys_stay_grey():
    white = clip()._replace(video=torch.ones(6, 3, 3, 9, 8))
    jitter = ColourJitter(hue=1.0, saturation=0.5, contrast=0.5)
    assert torch.allclose(jitter(white, Noise.at(0, 0, 6)).video, white.video, atol=1e-3)
    grey = clip()._replace(video=torch.full((6, 3, 3, 9, 8), 0.2))
    changed = jitter(grey, Noise.at(0, 0, 6)).video
    assert (changed.amax(2) - changed.amin(2)).max() < 1e-3


def test_a_whole_turn_of_hue_is_nothing():
    matrix = ColourJitter(hue=0, saturation=0, contrast=0).matrix(torch.tensor([2 * torch.pi]), torch.ones(1))
    assert torch.allclose(matrix[0], torch.eye(3), atol=1e-5)
    half = ColourJitter(hue=0, saturation=0, contrast=0).matrix(torch.tensor([torch.pi]), torch.ones(1))[0]
    assert torch.allclose(half @ half, torch.eye(3), atol=1e-5)


def test_no_zoom_and_no_shift_is_nothing():
    given = clip()
    assert torch.allclose(CropZoom(zoom=0.0, shift=0.0)(given, Noise.at(0, 0, 6)).video, given.video, atol=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
def test_zoom_and_shift_are_those_of_torch(channels):
    given, zoom = clip(channels=channels), CropZoom(zoom=0.4, shift=0.3)
    draw = Noise.at(0, 5, 6).uniform(3) * 2 - 1
    place = torch.zeros(6, 2, 3)
    place[:, 0, 0] = place[:, 1, 1] = 1 / (1 + 0.4 * draw[:, 0])
    place[:, :, 2] = 2 * 0.3 * draw[:, 1:]  # grid coordinates span 2
    frames = given.video.flatten(1, 2)
    grid = F.affine_grid(place, list(frames.shape), align_corners=False)
    expected = F.grid_sample(frames, grid, mode="bicubic", padding_mode="border", align_corners=False).clamp(-1, 1)
    for video in (given.video, given.video.transpose(3, 4).contiguous().transpose(3, 4)):  # however it lies in memory
        moved = zoom(given._replace(video=video), Noise.at(0, 5, 6)).video
        torch.testing.assert_close(moved.flatten(1, 2), expected, atol=1e-5, rtol=0)


def test_a_line_read_twice_as_fast():
    """Every other pixel's edge: halves between neighbours are -3/32, 19/32, 19/32, -3/32; ends are repeated."""
    line = bicubic(4, torch.tensor([2.0]), torch.tensor([0.0]))[0] * 32  # read at -1.5, 0.5, 2.5, 4.5
    expected = [[32, 0, 0, 0], [16, 19, -3, 0], [0, -3, 19, 16], [0, 0, 0, 32]]
    torch.testing.assert_close(line, torch.tensor(expected).float())


def test_colours_are_turned_about_the_grey_axis_and_contrast_about_white():
    given = clip()
    changed = ColourJitter(hue=0.5, saturation=0.3, contrast=0.1)
    draw = Noise.at(0, 0, 6).uniform(3) * 2 - 1
    matrix = changed.matrix(draw[:, 0] * 0.5 * torch.pi, 1 + 0.3 * draw[:, 1])
    for place, video in enumerate(changed(given, Noise.at(0, 0, 6)).video):
        coloured = (matrix[place] @ given.video[place].flatten(2)).reshape(video.shape)
        expected = (1 - (1 - coloured) * (1 + 0.1 * draw[place, 2])).clamp(-1, 1)
        torch.testing.assert_close(video, expected, atol=1e-5, rtol=0)


def test_shares_out_of_range():
    with pytest.raises(UserError, match="hue"):
        ColourJitter(hue=2, saturation=0, contrast=0)
    with pytest.raises(UserError, match="zoom"):
        CropZoom(zoom=1.0, shift=0)
