import torch

from kineograph.networks.clip_discriminator import ClipDiscriminator
from kineograph.networks.initialisation.he import He
from kineograph.networks.projection_discriminator import ProjectionDiscriminator
from tests.networks.judges import awake, film, obeys, told


def small() -> ProjectionDiscriminator:
    judge = ClipDiscriminator(
        channels=3,
        known_channels=3,
        dims=[4, 6],
        time_strides=[2],
        num_classes=3,
        negative_slope=0.2,
        gain=1.0,
        spectral_norm=False,
        init=He(negative_slope=0.2, gain=1.0),
    )
    return ProjectionDiscriminator(judge=judge, feature_dim=6, num_classes=3, text_dim=4)


def test_obeys_the_contract():
    obeys(awake(small()), heeds=("picture", "label", "caption", "motion"))


def test_the_projection_by_hand():
    network, given = awake(small()), told()
    for parameter in network.told.parameters():
        torch.nn.init.zeros_(parameter)
    with torch.no_grad():
        network.told.clip.label.weight[1].fill_(2.0)  # label 0
    plain = network.judge(film(), given)
    scores = network(film(), given._replace(label=torch.tensor([0, -1]))).scores
    label = network.judge(film(), given._replace(label=torch.tensor([0, -1])))
    raised = 2 * label.features[-1].mean(dim=(2, 3, 4)).sum(dim=1) / 6**0.5
    torch.testing.assert_close(scores[0], label.scores[0] + raised[0])
    torch.testing.assert_close(scores[1], plain.scores[1])
