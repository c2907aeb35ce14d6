import torch

from kineograph.augment.views.adaptive_chance import AdaptiveChance


def probability(chance: AdaptiveChance) -> float:
    return round(chance(0).item(), 6)


def test_up_when_sure_and_down_when_not():
    chance = AdaptiveChance(target=0.6, images=1000)
    assert probability(chance) == 0
    chance.adapt(torch.tensor(0.9), 100)
    chance.adapt(torch.tensor(0.61), 100)
    assert probability(chance) == 0.2
    chance.adapt(torch.tensor(0.2), 50)
    assert probability(chance) == 0.15
    chance.adapt(torch.tensor(0.6), 50)  # on target
    assert probability(chance) == 0.15


def test_stays_a_probability_and_is_kept():
    chance = AdaptiveChance(target=0.6, images=100)
    chance.adapt(torch.tensor(-1.0), 16)
    assert probability(chance) == 0
    for _ in range(20):
        chance.adapt(torch.tensor(1.0), 16)
    assert probability(chance) == 1
    other = AdaptiveChance(target=0.6, images=100)
    other.load_state_dict(chance.state_dict())
    assert probability(other) == 1
