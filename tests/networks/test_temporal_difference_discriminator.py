import torch
from torch import nn

from kineograph.core.types import Condition, Judged, Video
from kineograph.networks.frame_discriminator import FrameDiscriminator
from kineograph.networks.initialisation.he import He
from kineograph.networks.temporal_difference_discriminator import TemporalDifferenceDiscriminator
from tests.networks.judges import awake, film, obeys, told


class Shown(nn.Module):
    """Answers what it is shown."""

    def forward(self, video: Video, condition: Condition) -> Judged:
        return Judged(video, [])


def test_obeys_the_contract():
    judge = FrameDiscriminator(
        channels=6,
        known_channels=3,
        dims=[4, 4],
        num_classes=3,
        negative_slope=0.2,
        spectral_norm=False,
        init=He(negative_slope=0.2, gain=1.0),
    )
    obeys(awake(TemporalDifferenceDiscriminator(judge=judge, gain=2)), heeds=("picture", "mask", "label"))


def test_the_judge_is_shown_frames_and_their_changes():
    video = film()
    shown = TemporalDifferenceDiscriminator(judge=Shown(), gain=3.0)(video, told()).scores
    assert torch.equal(shown[:, :, :3], video)
    assert torch.equal(shown[:, 0, 3:], torch.zeros(2, 3, 16, 16))
    torch.testing.assert_close(shown[:, 2, 3:], 3 * (video[:, 2] - video[:, 1]))


def test_one_frame_has_not_changed():
    shown = TemporalDifferenceDiscriminator(judge=Shown(), gain=3.0)(film()[:, :1], told()).scores
    assert shown.shape == (2, 1, 6, 16, 16) and not shown[:, :, 3:].any()
