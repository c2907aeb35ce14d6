"""What every denoiser that starts silent owes its animator, whatever it is made of."""

import torch
from torch import nn

from kineograph.core.types import Condition


def awaken(network: nn.Module, std: float = 0.1) -> None:
    """Weights that are zero at birth would hide what reaches the answer."""
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=std)


def obeys(network: nn.Module, condition: Condition, std: float = 0.1) -> None:
    """Silent at birth; every parameter learns in every use; clips apart from their batch; all that is told is heard."""
    noisy, level = torch.randn_like(condition.known), torch.rand(2)
    assert network(noisy, level, condition).abs().max() == 0
    nothing = torch.zeros_like
    untold = condition.untold()._replace(known=nothing(condition.known), mask=nothing(condition.mask))
    for use in (condition, untold):
        network.zero_grad()
        network(noisy, level, use).square().mean().backward()
        assert [name for name, parameter in network.named_parameters() if parameter.grad is None] == []

    awaken(network, std)
    answer = network(noisy, level, condition)
    first = Condition(*(field[:1] if field is not None else None for field in condition))
    assert torch.allclose(network(noisy[:1], level[:1], first), answer[:1], atol=1e-5)
    for other in (
        condition._replace(label=condition.label + 1),
        condition._replace(motion=torch.ones(2)),
        condition._replace(known=-condition.known),
        condition._replace(mask=1 - condition.mask),
        condition._replace(times=2 * condition.times),
    ):
        assert not torch.allclose(network(noisy, level, other), answer, atol=1e-4)
    assert torch.allclose(network(noisy, level[:, None].expand(-1, 3), condition), answer)
    assert not torch.allclose(network(noisy, level / 2, condition), answer, atol=1e-4)
    moved = network(torch.cat([noisy[:, :2], -noisy[:, 2:]], dim=1), level, condition)
    assert not torch.allclose(moved[:, 0], answer[:, 0], atol=1e-4)  # frames see each other
