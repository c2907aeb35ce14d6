"""Parts that do not fit are told before anything is trained, and the rehearsal leaves no trace."""

import pytest
import torch
from torch import nn

from kineograph.animators.gan import GanAnimator
from kineograph.core.errors import UserError
from kineograph.core.types import Weighted
from kineograph.networks.difference_codec import DifferenceCodec
from kineograph.processes.per_frame import PerFrame
from kineograph.processes.rectified_flow import RectifiedFlow

from . import small


class Wide(small.SmallGenerator):
    def forward(self, condition, latent):
        made = super().forward(condition, latent)
        return made._replace(video=made.video.repeat(1, 1, 2, 1, 1))


class Bound(small.SmallJudge):
    """Has both kinds of state that a training pass moves."""

    def __init__(self):
        super().__init__()
        self.see = nn.Sequential(nn.utils.parametrizations.spectral_norm(self.see), nn.BatchNorm2d(4))


def test_a_judge_of_other_channels_is_named_before_the_codec_learns(fit):
    animator = small.gan()
    animator.discriminators["clip"].see = nn.Conv2d(7, 4, 3)
    before = {name: value.clone() for name, value in animator.state_dict().items() if name != "_extra_state"}
    with pytest.raises(
        UserError, match="animator.discriminators.clip does not take .*to have 7 channels.*set the channels of"
    ):
        fit(animator, batches=2)
    assert animator.batches_seen == 0
    assert all(torch.equal(animator.state_dict()[name], value) for name, value in before.items())


def test_a_generator_of_other_films_is_named(fit):
    animator = small.gan()
    animator.generator = Wide()
    with pytest.raises(UserError, match="animator.generator films of 3 x 6 x 6 x 6"):
        fit(animator, batches=2)
    animator.generator.mix = nn.Conv2d(5, 3, 1)
    with pytest.raises(UserError, match="which animator.generator does not take .*choose an animator/generator"):
        fit(animator, batches=2)


def test_it_leaves_no_trace(fit, monkeypatch):
    def trained() -> dict:
        torch.manual_seed(0)
        animator = small.gan(discriminators={"frame": Weighted(Bound(), 1.0)})
        fit(animator, batches=3)
        modes = {f"{name} learns": torch.tensor(module.training) for name, module in animator.named_modules()}
        return animator.state_dict() | modes

    with_it = trained()
    monkeypatch.setattr(GanAnimator, "rehearse", lambda *_: None)
    without = trained()
    assert with_it.keys() == without.keys() and any("running_mean" in name for name in with_it)
    for name, value in with_it.items():
        assert torch.equal(value, without[name]), name


def test_a_denoiser_of_other_channels_is_named(fit):
    animator = small.diffusion()
    animator.denoiser.mix = nn.Conv2d(9, 3, 3, padding=1)
    with pytest.raises(UserError, match=r"which animator.denoiser does not take .* set the channels \(3\)"):
        fit(animator, batches=1)


def test_frames_shown_among_noisy_ones_must_be_in_their_units(fit):
    """A picture and a difference from it have one shape; nothing else would tell."""
    forced = PerFrame(process=RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=1.0), stabilisation=0.02)
    stage = small.stage(images=0)
    fit(small.diffusion(process=forced, codec=stage), batches=1)
    stage.network = DifferenceCodec(height=6, width=6, scale=0.25)
    with pytest.raises(UserError, match="per_frame .* animator/codec=identity"):
        fit(small.diffusion(process=forced, codec=stage), batches=1)
