import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.types import Turn
from kineograph.losses.quantisation import Quantisation
from tests.losses.turns import turn as without


def test_by_hand_and_zero_where_words_and_latents_agree():
    latents = torch.tensor([1.0, 2.0]).reshape(1, 1, 2, 1, 1)
    words = torch.tensor([1.0, 0.0]).reshape(1, 1, 2, 1, 1)
    turn = Turn(latents, latents, None, None, {"latents": latents, "words": words}, None, None, None)
    assert Quantisation(commitment=0.5)(turn).item() == 3.0  # 1.5 * (0 + 4) / 2
    assert Quantisation(commitment=0.5)(turn._replace(extras={"latents": latents, "words": latents})).item() == 0.0


def test_a_turn_without_words_is_refused():
    with pytest.raises(UserError, match="quantisation reads the words of animator/codec=vq_2d.*leave it out"):
        Quantisation(commitment=0.5)(without())
