import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.losses.flow_smoothness import FlowSmoothness
from tests.losses.turns import turn


def test_by_hand():
    film = torch.zeros(1, 1, 1, 2, 2)
    flow = torch.tensor([[0.0, 1.0], [0.0, 1.0]]).expand(1, 1, 2, 2, 2)  # |dx| = 1 everywhere, |dy| = 0
    assert FlowSmoothness()(turn(film, film)._replace(extras={"flow": flow})) == 1
    assert FlowSmoothness()(turn(film, film)._replace(extras={"flow": torch.ones(1, 1, 2, 2, 2)})) == 0


def test_a_film_without_a_flow_is_refused():
    with pytest.raises(UserError, match="flow_smoothness reads the flow of animator/codec=motion.*leave it out"):
        FlowSmoothness()(turn())
