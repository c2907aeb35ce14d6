import torch

from kineograph.rollouts.window import window


def test_frames_times_and_a_guide_as_long_as_the_film_are_cut(make_condition):
    told = make_condition((1, 8, 1, 2, 2))
    guided = told._replace(guide=torch.arange(8.0)[None, :, None, None, None])
    part = window(guided, 3, 4)
    assert torch.equal(part.known, told.known[:, 3:7])
    assert torch.equal(part.mask, told.mask[:, 3:7])
    torch.testing.assert_close(part.times, torch.arange(4)[None] / 12)
    assert part.guide.flatten().tolist() == [3, 4, 5, 6]
    picture = told._replace(guide=torch.ones(1, 1, 1, 2, 2))
    assert torch.equal(window(picture, 3, 4).guide, picture.guide)
