import torch

from kineograph.networks.pretrained.motion_and_look import MotionAndLook


class Made:
    sha256 = "0"

    def __init__(self, name, compute):
        self.name, self.feature_dim, self.compute = name, 3, compute

    def __call__(self, video):
        return self.compute(video)


def test_side_by_side_and_named_after_both():
    motion = Made("steps", lambda video: video.diff(dim=1).abs().mean(dim=(1, 3, 4)))
    look = Made("colours", lambda video: video.mean(dim=(1, 3, 4)))
    both = MotionAndLook(motion=motion, look=look)
    video = torch.randn(2, 4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(both(video), torch.cat([motion(video), look(video)], dim=1))
    assert (both.name, both.feature_dim) == ("steps_colours", 6)
    assert len(both.sha256) == 64
