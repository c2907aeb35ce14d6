import torch

from kineograph.tasks.redraw import Redraw
from tests.tasks.test_tasks import clip


def test_the_film_is_the_guide_and_nothing_is_known():
    film = clip()
    condition = Redraw()(film)
    assert condition.guide is film.video
    assert condition.mask.sum() == 0 and condition.known.abs().sum() == 0
    assert condition.motion.isnan().all() and (condition.label == -1).all() and not condition.text_mask.any()
    assert torch.equal(condition.times, film.times)
