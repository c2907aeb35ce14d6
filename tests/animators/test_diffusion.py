"""The denoising loss by hand, and that one clip can be learnt by heart."""

from functools import partial

import pytest
import torch

from kineograph.animators.diffusion import require_told
from kineograph.cli.compose import compose
from kineograph.core.build import build, conf_dir
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Weighted
from kineograph.networks.difference_codec import DifferenceCodec
from kineograph.networks.uncertainty import Uncertainty
from tests.networks import quickstart

from . import small

CODECS = sorted({path.stem for path in (conf_dir() / "animator" / "codec").glob("[!_]*.yaml")} - {"diffusers"})


def test_denoising_loss_by_hand():
    animator = small.diffusion()
    clip, condition = small.batch(0, 2)
    level = torch.tensor([0.3, 0.8])
    noise = Noise([1, 2]).normal(3, 3, 6, 6)
    loss = animator.denoising_terms(clip.video, condition, level, noise)["denoising"]
    expected = 0.0
    for i in range(2):
        noisy = (1 - level[i]) * clip.video[i] + level[i] * noise[i]
        seen = torch.cat([noisy, condition.known[i, :1].expand_as(noisy)], dim=1)
        estimate = noisy - level[i] * animator.denoiser.mix(seen)
        error = (estimate - clip.video[i]).square()
        error[0] = 0  # the first frame is given
        expected += error.mean() / (level[i] ** 2 + 1e-2) / 2
    torch.testing.assert_close(loss, torch.as_tensor(expected))


def test_the_denoiser_alone_moves_after_the_codecs_phase(fit):
    animator = small.diffusion(codec=small.stage(images=0))
    assert len(animator.optimized()) == 1
    gain = animator.codec.network.gain.detach().clone()
    fit(animator, batches=2)
    assert torch.equal(animator.codec.network.gain, gain)


def test_the_loss_falls_on_one_clip(fit):
    animator = small.diffusion(codec=small.stage(images=0), optimizer=partial(torch.optim.Adam, lr=3e-2))
    clip, condition = small.batch(0, 4)
    level, noise = torch.full((4,), 0.5), Noise([1, 2, 3, 4]).normal(3, 3, 6, 6)
    before = animator.denoising_terms(clip.video, condition, level, noise)["denoising"]
    fit(animator, batches=60)
    after = animator.denoising_terms(clip.video, condition, level, noise)["denoising"]
    assert after < 0.9 * before


def test_losses_of_the_codec_are_named():
    def mean(turn):
        return turn.fake.mean()

    animator = small.diffusion(codec=small.stage(images=8, losses={"mean": Weighted(mean, 3.0)}))
    clip, condition = small.batch(0, 2)
    terms = animator.codec.terms(clip, condition, Noise([1, 2]))
    torch.testing.assert_close(terms["codec/mean"], 1.5 * clip.video.mean())


def test_uncertainty_learns_and_is_no_part_of_sampling(fit):
    animator = fit(small.diffusion(codec=small.stage(images=0), uncertainty=Uncertainty(num_features=8)), 2)
    assert animator.uncertainty.leave.bias != 0
    assert list(animator.averaged) == ["denoiser"]


def test_given_frames_are_shaken_and_the_others_left_alone():
    animator = small.diffusion(condition_noise=0.5)
    _, condition = small.batch(0, 2)
    moved = animator.shaken(condition, Noise([1, 2]))
    strength = 0.5 * Noise([1, 2]).uniform()
    assert torch.equal(moved.known[:, 1:], condition.known[:, 1:])
    change = (moved.known - condition.known)[:, 0].std(dim=(1, 2, 3))
    assert torch.allclose(change, strength, rtol=0.25)
    alone = animator.shaken(small.batch(1, 1)[1], Noise([2]))
    assert torch.equal(alone.known, moved.known[1:])  # whatever its batch


def test_no_clean_copy_of_a_shaken_picture_is_shown():
    """Of a codec that shows the picture beside every frame; what is to be learned stays as it was."""
    codec = small.stage(images=0)
    codec.network = DifferenceCodec(height=6, width=6, scale=0.25)
    animator = small.diffusion(codec=codec, condition_noise=0.5, condition_dropout=0.0)
    clip, condition = small.batch(0, 2)
    heard = []
    animator.denoising_terms = lambda *parts: heard.append(parts) or {}
    animator.step = lambda number, terms, clip: terms()
    animator.play(clip, condition, Noise([1, 2]))
    ((latents, told, _, _),) = heard
    apart = told.known - clip.video[:, :1]
    assert (apart[:, 0].std(dim=(1, 2, 3)) > 0.01).all()
    assert torch.equal(apart, apart[:, :1].expand_as(apart))
    torch.testing.assert_close(latents, (clip.video - clip.video[:, :1]) / 0.25)


def test_what_is_given_is_put_back_at_every_step():
    """No loss asks for the estimate of a given frame, so its answer must not walk with the others."""
    animator = small.diffusion()
    clip, condition = small.batch(0, 2)
    noisy = Noise([1, 2]).normal(3, 3, 6, 6)
    estimate = animator.estimate(condition)(noisy, torch.full((2,), 0.7))
    assert torch.equal(estimate[:, 0], clip.video[:, 0])
    free = animator.estimate(condition._replace(mask=torch.zeros_like(condition.mask)))(noisy, torch.full((2,), 0.7))
    assert not torch.allclose(free[:, 0], clip.video[:, 0])
    torch.testing.assert_close(estimate[:, 1:], free[:, 1:])


def test_windows_of_a_long_film_are_told_what_was_given_and_not_its_decoding():
    """A codec that loses something would else hand its loss on to the next window."""
    animator = small.diffusion()
    animator.codec.network.decode = lambda latents, condition: 3 + latents
    _, condition = small.batch(0, 2)
    film = animator.window(condition, Noise([1, 2]))
    assert torch.equal(film[:, 0], condition.known[:, 0])
    assert film[:, 1:].max() <= 1


def test_given_frames_that_the_codec_cannot_tell_are_refused():
    mask = torch.zeros(1, 9, 1, 4, 4)
    mask[:, :2] = 1
    coarse = torch.zeros(1, 3, 1, 2, 2)
    coarse[:, 0] = 1
    with pytest.raises(UserError, match="every 4 frames .* the first 1, 5, 9"):
        require_told(mask, coarse)
    mask[:, 1] = 0
    require_told(mask, coarse)
    mask[:, :5], coarse[:, 1] = 1, 1
    require_told(mask, coarse)


@pytest.mark.parametrize("name", CODECS)  # diffusers' weights are the user's; tests/networks/test_diffusers_codec.py
def test_samples_in_the_latents_of_every_codec(name):
    torch.manual_seed(0)
    told = quickstart.condition(quickstart.film(1, 3, 32, 32), known=[0])
    words = ["animator=diffusion", f"animator/codec={name}", "clip=tiny", "clip.num_frames=3"]
    coder = build(compose("train", words, []).config.animator.codec).network
    seen = coder.encode_condition(told)
    denoiser = [f"channels={coder.latent_shape(told)[1]}", f"known_channels={seen.known.shape[2] * seen.mask.shape[2]}"]
    words += ["animator/denoiser=dit", "animator.sampler.num_steps=2"]
    words += [f"animator.denoiser.{word}" for word in (*denoiser, "patch=1", "dim=16", "depth=1", "num_heads=1")]
    animator = build(compose("train", words, []).config.animator).eval()
    film = animator.animate(told, Noise([0]))
    assert film.shape == told.known.shape and film.isfinite().all()
    torch.testing.assert_close(film[:, 0], told.known[:, 0])
