import pytest
import torch

from kineograph.guidance.classifier_free import ClassifierFree
from kineograph.guidance.rescaled import Rescaled


@pytest.fixture
def condition(condition):
    """Nothing is given."""
    return condition._replace(mask=torch.zeros_like(condition.mask))


def denoise(noisy, level, condition):
    told = condition.label[:, None, None, None, None] + 1  # 0 where not told, 1 for the class 0 of the fixture
    return noisy * (1 + told)


def test_the_standard_deviation_of_the_told_estimate_comes_back(condition):
    noisy = torch.randn_like(condition.known)
    film = Rescaled(scale=3.0, rescale=1.0)(denoise)(noisy, torch.ones(2), condition)
    torch.testing.assert_close(film.std(dim=(1, 2, 3, 4)), (2 * noisy).std(dim=(1, 2, 3, 4)))
    # guided 4 noisy, of twice the told deviation about a mean that stays
    torch.testing.assert_close(film, 2 * noisy + 2 * noisy.mean(dim=(1, 2, 3, 4), keepdim=True))


def test_no_rescaling_is_plain_guidance_and_a_share_lies_between(condition):
    noisy = torch.randn_like(condition.known)
    plain = ClassifierFree(scale=3.0)(denoise)(noisy, torch.ones(2), condition)
    torch.testing.assert_close(Rescaled(scale=3.0, rescale=0.0)(denoise)(noisy, torch.ones(2), condition), plain)
    part = Rescaled(scale=3.0, rescale=0.7)(denoise)(noisy, torch.ones(2), condition)
    mean = noisy.mean(dim=(1, 2, 3, 4), keepdim=True)
    torch.testing.assert_close(part, 0.7 * (2 * noisy + 2 * mean) + 0.3 * 4 * noisy)


def test_what_is_white_stays_white(condition):
    """Clean films have a mean; a rescaling that multiplied it would turn paper grey."""
    grain = torch.randn_like(condition.known)
    white = 1 + 0.01 * (grain - grain.mean(dim=(1, 2, 3, 4), keepdim=True))

    def contrast(noisy, level, condition):
        return 1 + (noisy - 1) * (2 + condition.label[:, None, None, None, None])

    film = Rescaled(scale=3.0, rescale=1.0)(contrast)(white, torch.ones(2), condition)
    torch.testing.assert_close(film.mean(dim=(1, 2, 3, 4)), torch.ones(2))


def test_each_clip_by_itself(condition):
    noisy = torch.randn_like(condition.known)
    noisy[1] *= 100
    guide = Rescaled(scale=3.0, rescale=1.0)(denoise)
    alone = condition._replace(**{n: getattr(condition, n)[:1] for n in condition._fields if n != "guide"})
    both = guide(noisy, torch.ones(2), condition)
    torch.testing.assert_close(both[:1], guide(noisy[:1], torch.ones(1), alone))


def test_what_is_given_counts_for_nothing(condition):
    """No loss asks for estimates there, so they may be anything."""
    noisy = torch.randn_like(condition.known)
    condition.mask[:, 0] = 1
    given = condition.mask.expand_as(noisy) > 0

    def wild(noisy, level, condition):
        told = condition.label[:, None, None, None, None]
        return torch.where(given, 100 * noisy * (3 + told), denoise(noisy, level, condition))

    tame = Rescaled(scale=3.0, rescale=1.0)(denoise)(noisy, torch.ones(2), condition)
    film = Rescaled(scale=3.0, rescale=1.0)(wild)(noisy, torch.ones(2), condition)
    torch.testing.assert_close(film[~given], tame[~given])
