import torch

from kineograph.metrics.perceptual_step_difference import PerceptualStepDifference


class Steps:
    """Mean |difference| of neighbouring frames, as a perceptual distance."""

    name, feature_dim, sha256 = "steps", 1, "3"

    def __call__(self, video):
        return video.diff(dim=1).abs().mean(dim=(2, 3, 4))


def score(real, fake, sample_of):
    metric = PerceptualStepDifference(extractor=Steps(), num_resamples=10, seed=0)
    metric.update(sample_of(real, fake, range(len(real))))
    return float(metric.compute()["value"])


def test_by_hand(sample_of):
    fade = torch.arange(4)[None, :, None, None, None].expand(2, 4, 3, 2, 2) * 0.1
    assert score(fade, fade, sample_of) == 0
    assert abs(score(fade, fade.flip(1), sample_of)) < 1e-4  # the same steps, backward
    assert abs(score(fade, fade[:, :1].expand_as(fade), sample_of) - 10) < 1e-4  # a still lacks each step of 0.1
    assert abs(score(fade, fade * 3, sample_of) - 20) < 1e-4
