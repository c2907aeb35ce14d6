"""A later stage is told the film of the stage before."""

import torch

from kineograph.core.random import Noise
from kineograph.core.video import read, to_float, to_uint8, write
from kineograph.core.warp import resize
from kineograph.procedures.cascade import Cascade


class Enlarges:
    """What a stage that learned nothing does."""

    def animate(self, condition, noise):
        assert condition.guide is not None
        self.guide = condition.guide
        return resize(condition.guide, condition.size)


def test_the_stage_before_is_its_guide_at_the_size_it_was_trained_on(condition, clip, tmp_path):
    path = write(tmp_path / "small.webp", to_uint8(resize(clip.video, (4, 4))[0]), 12.0, {})
    stage = Enlarges()
    video = Cascade(animates=stage, film=str(path), height=4, width=4).animate(condition, Noise([1, 2, 3]))
    assert video.shape == condition.known.shape and stage.guide.shape[3:] == (4, 4)
    first = to_float(read(path).frames[:1])
    torch.testing.assert_close(stage.guide[0, :1], first)


def test_a_guide_beside_the_condition_serves_as_well(condition, clip):
    stage = Enlarges()
    Cascade(animates=stage, film=None, height=2, width=2).animate(
        condition._replace(guide=clip.video), Noise([1, 2, 3])
    )
    torch.testing.assert_close(stage.guide, resize(clip.video, (2, 2)))
