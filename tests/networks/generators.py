"""What every generator of pixels owes its animator, whatever it is made of."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video
from tests.networks.quickstart import condition, film

SIDE = 8


def told(num_frames: int, known: Sequence[int] = (), batch: int = 2) -> Condition:
    """Nothing said; these frames given."""
    given = condition(film(batch, num_frames, SIDE, SIDE), known=list(known))
    return given._replace(text=torch.randn(batch, 3, 4, generator=torch.Generator().manual_seed(0)),
                          text_mask=torch.zeros(batch, 3, dtype=torch.bool))  # fmt: skip


def awake(network: nn.Module) -> Any:
    """The network with every weight off zero."""
    torch.manual_seed(0)
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.2)
    return network


def make(network: Any, given: Condition, seeds: Sequence[int] = (1, 2)) -> Video:
    return network(given, network.sample_latent(given, Noise(list(seeds)))).video


def obeys(network: Any, lengths: Sequence[int]) -> None:
    """Raises where the network breaks the contract of protocols.Generator."""
    for num_frames in lengths:
        assert make(network, told(num_frames)).shape == (2, num_frames, 3, SIDE, SIDE)
    length = lengths[0]
    given = told(length, known=[0, length - 1])
    video = make(network, given)
    assert torch.equal(video[:, [0, -1]], given.known[:, [0, -1]]), "given frames come back exactly"
    part = given._replace(mask=given.mask * (torch.arange(SIDE) < 3))  # a region of the given frames alone
    part = part._replace(known=part.known * part.mask)
    seen = part.mask.expand_as(part.known) > 0
    assert torch.equal(make(network, part)[seen], part.known[seen]), "given pixels come back exactly"

    free = told(length)
    plain = make(network, free)
    caption = torch.ones(2, 3, dtype=torch.bool)
    for name, other in {
        "label": free._replace(label=torch.tensor([0, 2])),
        "caption": free._replace(text_mask=caption),
        "motion": free._replace(motion=torch.tensor([0.5, 3.0])),
        "picture": told(length, known=[0]),
    }.items():
        assert (make(network, other) - plain)[:, 1:].abs().max() > 1e-5, f"the {name} does not count"
    words = free.text.clone()
    words[:, 0] = 9.0
    masked = caption.clone()
    masked[:, 0] = False
    first, second = (free._replace(text=text, text_mask=masked) for text in (free.text, words))
    assert torch.equal(make(network, first), make(network, second)), "a word that is masked counts"

    mixed = told(length, known=[1])  # the first clip has no picture, the second has one
    mixed.mask[0] = 0
    mixed.known[0] = 0
    alone = [Condition(*(None if field is None else field[i : i + 1] for field in mixed)) for i in (0, 1)]
    together = make(network, mixed, seeds=[4, 5])
    for place in (0, 1):
        torch.testing.assert_close(together[place : place + 1], make(network, alone[place], [4 + place]),
                                   atol=1e-5, rtol=1e-4)  # fmt: skip
    make(network, mixed).square().sum().backward()
    asleep = [name for name, parameter in network.named_parameters() if parameter.grad is None]
    assert not asleep, f"without a gradient: {asleep}"
    network.zero_grad()
