import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.procedures.drawn_picture import DrawnPicture
from kineograph.procedures.frozen import Frozen
from kineograph.procedures.nearest import Nearest


@pytest.fixture
def untold(condition):
    nothing = torch.zeros_like(condition.known), torch.zeros_like(condition.mask)
    return condition._replace(known=nothing[0], mask=nothing[1], label=torch.full((3,), -1))


def test_each_film_rests_on_a_training_picture(clip, untold):
    drawn = DrawnPicture(animates=Frozen())
    drawn.remember([clip])
    film = drawn.animate(untold, Noise([1, 2, 3]))
    for one in film:
        assert any(torch.allclose(one, still.expand_as(one), atol=1e-6) for still in clip.video[:, :1])
    alone = drawn.animate(type(untold)(*(None if f is None else f[1:2] for f in untold)), Noise([2]))
    torch.testing.assert_close(alone, film[1:2])  # a sample does not depend on its batch
    seen = {tuple(drawn.animate(untold, Noise([n, n + 1, n + 2]))[:, 0].mean(dim=(1, 2, 3)).tolist()) for n in range(9)}
    assert len(seen) > 1  # and different seeds draw different pictures


def test_a_label_is_heeded_and_the_copy_is_whole(clip, untold):
    drawn = DrawnPicture(animates=Nearest(size=8))
    drawn.remember([clip._replace(label=torch.tensor([4, 5, 6]))])
    film = drawn.animate(untold._replace(label=torch.tensor([6, 4, 5])), Noise([1, 2, 3]))
    torch.testing.assert_close(film, clip.video[[2, 0, 1]], atol=1e-6, rtol=0)


def test_without_clips_it_says_so(untold):
    with pytest.raises(UserError, match="remember"):
        DrawnPicture(animates=Frozen()).animate(untold, Noise([1, 2, 3]))
