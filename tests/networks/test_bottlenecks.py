"""The bottlenecks of the video autoencoder, by hand."""

import math

import torch

from kineograph.core.random import Noise
from kineograph.core.types import Turn
from kineograph.losses.kl import Kl
from kineograph.losses.quantisation import Quantisation
from kineograph.networks.kl_bottleneck import KlBottleneck
from kineograph.networks.vq_bottleneck import VqBottleneck


def book(words: list[list[float]]) -> VqBottleneck:
    made = VqBottleneck(num_codes=len(words), code_dim=len(words[0]))
    made.book, made.move.weight.data = torch.tensor(words), torch.eye(len(words[0]))
    return made


def test_every_place_becomes_its_nearest_word():
    latents = torch.tensor([[0.9, 0.2], [-0.4, -2.0]]).reshape(1, 2, 2, 1, 1)
    words = book([[1.0, 0.0], [0.0, -1.0], [0.0, 5.0]]).settle(latents)
    torch.testing.assert_close(words.flatten(), torch.tensor([1.0, 0.0, 0.0, -1.0]))


def test_the_gradient_goes_straight_through():
    vq = book([[1.0, 0.0], [0.0, -1.0]])
    latents = torch.tensor([0.9, 0.2]).reshape(1, 1, 2, 1, 1).requires_grad_()
    drawn, _ = vq.draw(latents, Noise([0]))
    (drawn * torch.tensor([3.0, -2.0]).reshape(1, 1, 2, 1, 1)).sum().backward()
    assert drawn.flatten().tolist() == [1.0, 0.0]
    assert latents.grad is not None and latents.grad.flatten().tolist() == [3.0, -2.0]  # as if nothing were rounded
    assert vq.move.weight.grad is None  # the film teaches the book nothing


def test_the_books_loss_moves_the_nearest_word_towards_the_latents():
    vq = book([[1.0, 0.0], [0.0, -1.0]])
    latents = torch.tensor([0.9, 0.2]).reshape(1, 1, 2, 1, 1).requires_grad_()
    _, extras = vq.draw(latents, Noise([0]))
    loss = Quantisation(commitment=0.25)(Turn(latents, latents, None, None, extras, None, None, None))
    torch.testing.assert_close(loss, torch.tensor(1.25 * (0.01 + 0.04) / 2))
    loss.backward()
    # the word is W (1, 0), its gradient 2 (word - latent) / 2 = (0.1, -0.2)
    torch.testing.assert_close(vq.move.weight.grad, torch.tensor([[0.1, 0.0], [-0.2, 0.0]]))
    assert latents.grad is not None
    torch.testing.assert_close(latents.grad.flatten(), 0.25 * torch.tensor([-0.1, 0.2]))


def test_the_divergence_against_torch_and_the_draws_against_their_moments():
    kl = KlBottleneck()
    mean, log_variance = torch.randn(1, 2, 3, 4, 4), torch.randn(1, 2, 3, 4, 4)
    features = torch.cat([mean, log_variance + 6], dim=2)  # it is born small
    _, extras = kl.draw(features, Noise([0]))
    wanted = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, (log_variance / 2).exp()), torch.distributions.Normal(0.0, 1.0)
    ).mean()
    torch.testing.assert_close(Kl()(Turn(mean, mean, None, None, extras, None, None, None)), wanted)
    drawn = torch.cat([kl.draw(features, Noise([seed]))[0] for seed in range(400)])
    deviation = (drawn - mean) / (log_variance / 2).exp()
    assert deviation.mean().abs() < 0.05 and abs(deviation.std().item() - 1) < 0.02
    torch.testing.assert_close(kl.mean(features), mean)
    assert math.isclose(kl.num_features(3), 6)
