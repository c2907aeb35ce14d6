import pytest
import torch

from kineograph.augment.views.scheduled_chance import ScheduledChance


def test_follows_its_course_whatever_the_judges_say():
    chance = ScheduledChance(course=lambda images: images / 100)
    chance.adapt(torch.tensor(1.0), 1000)
    assert [chance(images).item() for images in (0, 30)] == pytest.approx([0.0, 0.3])
