from functools import partial

import pytest
import torch
from torch import nn

from kineograph.core.errors import ConfigError
from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition
from kineograph.networks.code_reader import CodeReader
from kineograph.networks.info_generator import InfoGenerator
from kineograph.networks.mocogan import Mocogan
from tests.networks.generators import SIDE, awake, obeys, told


def small(answer_dim: int = 7, motion_dim: int = 4, inner: nn.Module | None = None) -> InfoGenerator:
    inner = inner or Mocogan(
        channels=3, height=SIDE, width=SIDE, content_dim=6, motion_dim=motion_dim, num_classes=3, text_dim=4, dims=[8],
        known_dim=3, cell=partial(nn.GRU, hidden_size=5, batch_first=True),
    )  # fmt: skip
    reader = CodeReader(channels=3, dims=[4, 6], time_strides=[1, 2], answer_dim=answer_dim)
    return InfoGenerator(
        generator=inner, reader=reader, content_categories=3, content_values=1, motion_categories=2, motion_values=1
    )


def test_obeys_the_contract():
    net = awake(small())
    for parameter in net.reader.parameters():  # it learns by its loss, not by the film
        parameter.grad = torch.zeros_like(parameter)
    obeys(net, lengths=[4, 3, 7])


def test_codes_take_the_place_of_the_first_numbers():
    net, given = awake(small()), told(4)
    codes = net.sample_latent(given, Noise([1, 2]))
    codes = codes._replace(
        content_category=torch.tensor([[0], [2]]),
        content_values=torch.tensor([[0.5], [0.1]]),
        motion_category=torch.tensor([[1], [0]]),
        motion_values=torch.tensor([[-0.5], [0.2]]),
    )
    seen = []
    net.generator.register_forward_pre_hook(lambda module, arguments: seen.append(arguments[1]))
    net(given, codes)
    torch.testing.assert_close(seen[0].content[:, :4], torch.tensor([[1, 0, 0, 0.5], [0, 0, 1, 0.1]]))
    assert torch.equal(seen[0].content[:, 4:], codes.content[:, 4:])
    for frame in range(4):
        torch.testing.assert_close(seen[0].motion[:, frame, :3], torch.tensor([[0, 1, -0.5], [1, 0, 0.2]]))
    assert torch.equal(seen[0].motion[:, :, 3:], codes.motion[:, :, 3:])


def test_codes_are_even():
    codes = small().sample_latent(told(3, batch=300), Noise(list(range(300))))
    assert [codes.content_category.max().item(), codes.motion_category.max().item()] == [2, 1]
    assert all(80 < count < 120 for count in torch.bincount(codes.content_category[:, 0]).tolist())
    values = torch.cat([codes.content_values, codes.motion_values], dim=1)
    assert values.shape == (300, 2) and values.abs().max() <= 1 and abs(values.mean()) < 0.1


class Timed(nn.Module):
    """Draws motion codes for the longest film, as continuous time does."""

    def sample_latent(self, condition, noise):
        return Codes(noise.normal(6), noise.normal(int(condition.times.max() * 12) + 1, 4))


def test_codes_are_the_same_alone_and_beside_a_longer_film():
    net, given = small(inner=Timed()), told(4)
    alone = net.sample_latent(Condition(*(None if field is None else field[:1] for field in given)), Noise([1]))
    slower = given.times * torch.tensor([[1.0], [5.0]])
    beside = net.sample_latent(given._replace(times=slower), Noise([1, 2]))
    assert beside.motion.shape[1] > alone.motion.shape[1]
    for name in ("content_category", "content_values", "motion_category", "motion_values"):
        assert torch.equal(getattr(alone, name), getattr(beside, name)[:1]), name


def test_the_reader_answers_for_every_code():
    net, given = awake(small()), told(4)
    _, extras = net(given, net.sample_latent(given, Noise([1, 2])))
    assert {name: tuple(found.shape) for name, found in extras.items()} == {
        "content_logits": (2, 3), "motion_logits": (2, 2), "values": (2, 2),
    }  # fmt: skip


def test_what_does_not_fit_is_told():
    with pytest.raises(ConfigError, match="answer_dim is 6; the codes have 7 numbers"):
        small(answer_dim=6)
    with pytest.raises(ConfigError, match="3 motion codes do not fit into the 2 numbers.*raise its motion_dim"):
        small(motion_dim=2).sample_latent(told(3), Noise([1, 2]))
