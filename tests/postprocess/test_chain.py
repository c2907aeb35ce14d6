"""A chain of steps is a list in YAML or on the command line; damage of two kinds is mended by two steps."""

import torch

from kineograph.cli.animate import steps_of
from kineograph.postprocess.colour_match import ColourMatch
from kineograph.postprocess.deflicker import Deflicker
from kineograph.postprocess.denoise import Denoise


def test_steps_come_in_the_order_asked_for_with_their_values():
    steps = steps_of(["postprocess=[denoise,deflicker,colour_match]", "postprocess.denoise.strength=7.5"], [])
    assert [type(step) for step in steps] == [Denoise, Deflicker, ColourMatch]
    assert steps[0].strength == 7.5


def test_each_step_of_a_chain_brings_a_damaged_film_nearer(moving, rmse):
    generator = torch.Generator().manual_seed(0)
    flicker = 1 + 0.1 * torch.tensor([0, 1, -1, 1, -1, 1, -1, 1])[:, None, None, None]
    frames = moving.frames * flicker + 8 * torch.randn(moving.frames.shape, generator=generator)
    film = moving._replace(frames=frames.round().clamp(0, 255).to(torch.uint8))
    errors = [rmse(film, moving)]
    for step in steps_of(["postprocess=[deflicker,denoise]", "postprocess.denoise.strength=8.0"], []):
        film = step(film)
        errors.append(rmse(film, moving))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.5 * errors[0]
