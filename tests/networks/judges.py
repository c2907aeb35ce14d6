"""What every discriminator owes its animator."""

from typing import Any

import torch
from torch import nn

from kineograph.core.types import Condition, Video
from kineograph.losses.penalties.r1 import R1
from tests.losses.turns import condition, judged

SHAPE = (2, 4, 3, 16, 16)


def told() -> Condition:
    """The first frame given, a caption at hand and not told."""
    generator = torch.Generator().manual_seed(0)
    given = condition(*SHAPE)
    return given._replace(
        known=given.mask * torch.randn(SHAPE, generator=generator),
        text=torch.randn(2, 3, 4, generator=generator),
        text_mask=torch.zeros(2, 3, dtype=torch.bool),
    )


def film() -> Video:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(1)).clamp(-1, 1)


def awake(network: nn.Module) -> Any:
    torch.manual_seed(0)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.2)
    return network.eval()


def obeys(network: Any, heeds: tuple[str, ...]) -> None:
    """Raises where an awake network breaks the contract of protocols.Discriminator, or is deaf to these."""
    video, given = film(), told()
    scores, features = network(video, given)
    assert len(scores) == 2 and features

    alone = Condition(*(None if field is None else field[1:] for field in given))
    torch.testing.assert_close(network(video[1:], alone).scores, scores[1:], atol=1e-4, rtol=1e-4)

    changes = {
        "picture": given._replace(known=given.known * 0.5),
        "mask": given._replace(mask=torch.ones_like(given.mask)),
        "label": given._replace(label=torch.tensor([0, 2])),
        "caption": given._replace(text_mask=torch.ones(2, 3, dtype=torch.bool)),
        "motion": given._replace(motion=torch.tensor([0.3, 2.0])),
        "times": given._replace(times=given.times * 3),
    }
    for name in heeds:
        assert (network(video, changes[name]).scores - scores).abs().max() > 1e-6, f"the {name} does not count"
    for frame in (0, -1):
        other = video.clone()
        other[:, frame] *= -1
        assert not torch.allclose(network(other, given).scores, scores), f"frame {frame} does not count"

    scores.square().sum().backward()
    asleep = [name for name, parameter in network.named_parameters() if parameter.grad is None]
    assert not asleep, f"without a gradient: {asleep}"
    network.zero_grad()
    R1()(judged(lambda seen: network(seen, given), video)).backward()
    moved = [name for name, parameter in network.named_parameters() if parameter.grad is not None]
    assert moved, "the penalty reaches no weight"
    network.zero_grad()
