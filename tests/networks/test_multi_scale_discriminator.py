import torch

from kineograph.networks.clip_discriminator import ClipDiscriminator
from kineograph.networks.initialisation.he import He
from kineograph.networks.multi_scale_discriminator import MultiScaleDiscriminator
from tests.networks.judges import awake, film, obeys, told


def small() -> MultiScaleDiscriminator:
    judge = ClipDiscriminator(
        channels=3,
        known_channels=3,
        dims=[4, 4],
        time_strides=[2],
        num_classes=3,
        negative_slope=0.2,
        gain=1.0,
        spectral_norm=False,
        init=He(negative_slope=0.2, gain=1.0),
    )
    return MultiScaleDiscriminator(judge=judge, num_scales=2)


def test_obeys_the_contract():
    obeys(awake(small()), heeds=("picture", "mask", "label", "motion", "times"))


def test_scores_are_the_judges_own_at_each_scale():
    network, video, given = awake(small()), film(), told()
    scores, features = network(video, given)
    assert len(features) == 4 and scores.shape == (2, 2 * 8 * 8 + 2 * 4 * 4)
    torch.testing.assert_close(scores[:, :128], network.judges[0](video, given).scores.flatten(1))
    half = torch.nn.functional.avg_pool3d(video, (1, 2, 2))
    small_given = given._replace(
        known=torch.nn.functional.avg_pool3d(given.known, (1, 2, 2)), mask=given.mask[..., ::2, ::2]
    )
    torch.testing.assert_close(scores[:, 128:], network.judges[1](half, small_given).scores.flatten(1))
    assert not torch.equal(network.judges[0].head.weight, network.judges[1].head.weight)


def test_a_small_pixel_is_given_where_half_of_it_is():
    given = told()
    mask = torch.zeros_like(given.mask)
    mask[..., 0, 0] = mask[..., 0, 1] = 1  # two of the four
    mask[..., 0, 2] = 1  # one of the next four
    known = mask * torch.arange(16.0)
    _, shrunk = MultiScaleDiscriminator.shrunk(film(), given._replace(mask=mask, known=known.expand(2, 4, 3, 16, 16)))
    assert shrunk.mask[0, 0, 0, 0, :3].tolist() == [1, 0, 0]
    assert shrunk.known[0, 0, 0, 0, :3].tolist() == [0.5, 0, 0]
