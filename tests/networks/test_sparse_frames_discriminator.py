import torch

from kineograph.core.types import Condition
from kineograph.networks.sparse_frames_discriminator import SparseFramesDiscriminator
from tests.networks.judges import awake, film, obeys, told


def small() -> SparseFramesDiscriminator:
    return SparseFramesDiscriminator(
        channels=3,
        height=16,
        width=16,
        num_frames=3,
        num_classes=3,
        text_dim=4,
        dims=[4, 4, 8],
        join=2,
        num_blocks=1,
        expansion=2,
        group_dim=4,
    )


def test_obeys_the_contract():
    network = awake(small())
    obeys(network, heeds=("picture", "mask", "label", "caption", "motion", "times"))
    assert network(film(), told()).scores.shape == (2,)


def test_frames_go_alone_until_they_meet():
    features = awake(small())(film(), told()).features
    assert [tuple(feature.shape) for feature in features] == [(6, 4, 16, 16), (6, 4, 8, 8), (2, 8, 4, 4)]


def test_three_of_a_long_film_and_two_of_a_short_one():
    network = awake(small())
    video = torch.randn(2, 9, 3, 16, 16)
    long = told()
    long = Condition(*(field for field in long))._replace(
        known=torch.zeros_like(video), mask=torch.zeros(2, 9, 1, 16, 16), times=torch.arange(9).expand(2, 9) / 12.0
    )
    scores = network(video, long).scores
    for frame in range(9):
        other = video.index_fill(1, torch.tensor([frame]), 0.0)
        changed = not torch.equal(network(other, long).scores, scores)
        assert changed == (frame in (0, 4, 8))
    short = long._replace(known=long.known[:, :2], mask=long.mask[:, :2], times=long.times[:, :2])
    assert network(video[:, :2], short).scores.shape == (2,)


def test_gradients_reach_the_embedding_of_time():
    network = small()
    torch.nn.init.ones_(network.head.weight)
    network(film(), told()).scores.sum().backward()
    assert network.steps.weight.grad.abs().sum() > 0
