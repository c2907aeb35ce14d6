import pytest
import torch

from kineograph.guidance.classifier_free import ClassifierFree


def denoise(noisy, level, condition):
    told = condition.label + 1  # 0 where not told, 1 for the class 0 of the fixture
    return noisy + told[:, None, None, None, None]


@pytest.mark.parametrize("scale", [0.0, 1.0, 3.0])
def test_moves_along_the_difference_that_telling_makes(scale, condition):
    noisy = torch.randn_like(condition.known)
    guided = ClassifierFree(scale=scale)(denoise)(noisy, torch.ones(2), condition)
    assert torch.allclose(guided, noisy + scale)


def test_scale_one_costs_nothing():
    assert ClassifierFree(scale=1.0)(denoise) is denoise
