"""A codec's losses by hand, named and weighted."""

import torch

from kineograph.animators.stage import Stage
from kineograph.core.random import Noise
from kineograph.core.types import Weighted

from . import small


def test_terms_by_hand():
    clip, condition = small.batch(0, 2)
    terms = small.stage(images=4).terms(clip, condition, Noise([1, 2]))  # the gain is 0.5 at first, the weight 2
    assert list(terms) == ["codec/l1"]
    torch.testing.assert_close(terms["codec/l1"], 2 * 0.5 * clip.video.abs().mean())


def test_losses_see_the_codecs_extras_and_no_judge():
    class Telling(small.PixelCodec):
        def reconstruct(self, video, condition, noise):
            return super().reconstruct(video, condition, noise)._replace(extras={"draw": noise.uniform()})

    def draw(turn):
        assert turn.judged_real is None and turn.judged_fake is None and turn.discriminate is None
        return turn.extras["draw"].mean()

    stage = Stage(network=Telling(), losses={"draw": Weighted(draw, 3.0)}, optimizer=None, schedule=None, images=0)
    clip, condition = small.batch(0, 2)
    wanted = 3 * Noise([1, 2]).uniform().mean()
    torch.testing.assert_close(stage.terms(clip, condition, Noise([1, 2]))["codec/draw"], wanted)
