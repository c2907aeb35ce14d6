"""A codec's losses by hand, named and weighted."""

import torch

from kineograph.animators.stage import draw_frames
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

    stage = small.stage(images=0)
    stage.network, stage.losses = Telling(), {"draw": Weighted(draw, 3.0)}
    clip, condition = small.batch(0, 2)
    wanted = 3 * Noise([1, 2]).uniform().mean()
    torch.testing.assert_close(stage.terms(clip, condition, Noise([1, 2]))["codec/draw"], wanted)


def test_a_batch_shows_some_frames_the_known_one_among_them():
    clip, condition = small.batch(0, 2)
    chosen = draw_frames(condition, 2, Noise([1, 2]))
    assert chosen.shape == (2, 2) and (chosen[:, 0] == 0).all() and (chosen[:, 1] > 0).all()
    assert torch.equal(
        draw_frames(small.batch(1, 1)[1], 2, Noise([2])), chosen[1:]
    )  # a sample's own draw, whatever its batch
    every = {int(draw_frames(condition, 2, Noise([seed, 0]))[0, 1]) for seed in range(40)}
    assert every == set(range(1, clip.video.shape[1]))
    stage = small.stage(images=4)
    stage.num_frames = 2
    shown = torch.stack([film[frames] for film, frames in zip(clip.video, chosen, strict=True)])
    torch.testing.assert_close(stage.terms(clip, condition, Noise([1, 2]))["codec/l1"], 2 * 0.5 * shown.abs().mean())


def test_however_many_frames_are_known_one_that_is_not_is_drawn():
    condition = small.batch(0, 2)[1]
    t = condition.num_frames
    mask = torch.zeros_like(condition.mask)
    mask[0, : t - 1] = 1  # only the last frame is not known
    mask[1, [0, t - 1]] = 1
    for seed in range(20):
        chosen = draw_frames(condition._replace(mask=mask), 3, Noise([seed, seed + 1]))
        assert chosen.shape == (2, 3) and all(len(set(frames.tolist())) == 3 for frames in chosen)
        assert t - 1 in chosen[0].tolist()
        assert {0, t - 1} < set(chosen[1].tolist())
