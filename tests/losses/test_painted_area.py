import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.losses.painted_area import PaintedArea
from tests.losses.turns import turn


def test_by_hand():
    film = torch.zeros(1, 1, 1, 2, 2)
    gate = torch.tensor([[1.0, 0.0], [0.0, 0.0]]).expand(1, 1, 1, 2, 2)
    assert PaintedArea()(turn(film, film)._replace(extras={"gate": gate})) == 0.25


def test_a_film_without_a_gate_is_refused():
    with pytest.raises(UserError, match="painted_area reads the gate of animator/codec=motion.*leave it out"):
        PaintedArea()(turn())
