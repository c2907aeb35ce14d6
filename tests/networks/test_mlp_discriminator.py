import torch

from kineograph.networks.mlp_discriminator import MlpDiscriminator
from tests.networks.judges import awake, film, obeys, told


def small() -> MlpDiscriminator:
    return MlpDiscriminator(num_frames=4, channels=3, height=16, width=16, num_classes=3, text_dim=4, dims=[6, 5])


def test_obeys_the_contract():
    network = awake(small())
    obeys(network, heeds=("picture", "mask", "label", "caption", "motion"))
    assert network(film(), told()).scores.shape == (2,)


def test_a_score_by_hand():
    network = small()
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    with torch.no_grad():
        network.layers[0].bias.fill_(-5.0)  # leaky: -1
        network.layers[1].weight.fill_(-0.5)  # 6 of them: 3
        network.head.weight.fill_(2.0)  # 5 of them: 30
        network.told.no_text.fill_(1.0)  # 5 * 3 / sqrt(5)
    expected = 30 + 15 / 5**0.5
    torch.testing.assert_close(network(film(), told()).scores, torch.full((2,), expected))
