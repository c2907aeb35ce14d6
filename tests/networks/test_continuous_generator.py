import math
from typing import Any

import torch

from kineograph.core.random import Noise
from kineograph.networks.blocks.continuous_motion import CONTEXT, ContinuousMotion
from kineograph.networks.blocks.modulated_conv import ModulatedConv
from kineograph.networks.continuous_generator import ContinuousGenerator
from tests.networks.generators import SIDE, awake, make, obeys, told


def small(**changes: Any) -> ContinuousGenerator:
    settings: dict[str, Any] = {
        "channels": 3,
        "height": SIDE,
        "width": SIDE,
        "content_dim": 5,
        "style_dim": 6,
        "mapping_depth": 2,
        "motion_dim": 16,
        "num_waves": 3,
        "distance": 0.25,
        "shortest": 0.2,
        "longest": 4,
        "num_classes": 3,
        "text_dim": 4,
        "dims": [8, 6],
        "known_dim": 3,
    }
    return ContinuousGenerator(**{**settings, **changes})


def born(**changes: Any) -> ContinuousGenerator:
    """Wide enough for means to hold."""
    torch.manual_seed(0)
    return small(content_dim=64, style_dim=64, motion_dim=32, num_waves=32, **changes)


def motion() -> ContinuousMotion:
    return awake(ContinuousMotion(motion_dim=16, num_waves=3, distance=0.25, shortest=0.2, longest=4.0))


def test_obeys_the_contract():
    obeys(awake(small()), lengths=[4, 3, 9])


def test_periods_lie_evenly_in_octaves():
    """As StyleGAN-V has them: half of the waves are slower than the geometric mean of the ends."""
    periods = 2 * math.pi / motion().frequencies
    torch.testing.assert_close(periods, torch.tensor([4.0, (4.0 * 0.2) ** 0.5, 0.2]))


def test_the_wave_vanishes_at_the_codes_and_only_there():
    net = motion()
    codes = torch.randn(1, 4 + CONTEXT, 16)
    times = torch.tensor([[0.0, 0.25, 0.5, 0.1]])
    mixed = net.mix(codes.transpose(1, 2)).transpose(1, 2)  # 1 4 16
    still = net.leave(net.still(mixed))
    found = net(codes, times)
    torch.testing.assert_close(found[:, :3], still[:, :3], atol=1e-5, rtol=1e-5)
    between = torch.lerp(still[:, 0], still[:, 1], 0.4)
    assert (found[:, 3] - between).abs().max() > 1e-3


@torch.no_grad()
def test_a_wave_by_hand():
    net = motion()
    code, share = torch.ones(1, 1, 16), torch.full((1, 1, 1), 0.4)  # 0.1 s after the code
    wave = net.wave(code, share)[0, 0]
    speed = 2 * math.pi / 0.2 * (1 + math.tanh(float(net.period.weight[2].sum())))  # the fastest of the three
    angle = speed * 0.1 + float(net.phase.weight[2].sum())
    size = float(net.amplitude.weight[2].sum() + net.amplitude.bias[2])
    torch.testing.assert_close(wave[[2, 5]], torch.tensor([size * math.sin(angle), size * math.cos(angle)]))


def test_time_is_continuous_and_gradients_reach_it():
    net, codes = motion(), torch.randn(1, 4 + CONTEXT, 16)
    around = torch.tensor([[0.0, 0.25 - 1e-5, 0.25 + 1e-5]])
    _, before, after = net(codes, around)[0]
    assert (before - after).abs().max() < 0.02
    net(codes, torch.tensor([[0.0, 0.1, 0.3]])).sum().backward()
    for layer in (net.period, net.phase, net.amplitude, net.still):
        assert layer.weight.grad.abs().sum() > 0
    assert net.period.bias is None and net.phase.bias is None


def test_any_rate_and_any_length_show_the_same_motion():
    net = awake(small())
    slow = told(5)
    times = torch.arange(9)[None].expand(2, -1) / 24  # twice the rate, the same span
    fast = told(9)._replace(times=times)
    torch.testing.assert_close(make(net, slow), make(net, fast)[:, ::2], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(make(net, slow), make(net, told(40))[:, :5], atol=1e-5, rtol=1e-4)


def test_modulation_is_that_of_scaled_weights():
    torch.manual_seed(0)
    net = ModulatedConv(dim_in=3, dim_out=2, kernel=3, style_dim=4, demodulate=True)
    x, style = torch.randn(2, 3, 5, 5), torch.randn(2, 4)
    for place in (0, 1):
        weight = net.weight / math.sqrt(27) * net.style(style[place])[None, :, None, None]
        weight = weight / weight.square().sum(dim=(1, 2, 3), keepdim=True).add(1e-8).sqrt()
        by_hand = torch.nn.functional.conv2d(x[place : place + 1], weight, padding=1)
        torch.testing.assert_close(net(x, style)[place : place + 1], by_hand, atol=1e-5, rtol=1e-5)


def test_codes_reach_as_far_as_the_film():
    net, given = small(), told(13)  # one second
    assert net.sample_latent(given, Noise([1, 2])).motion.shape == (2, 4 + 2 + CONTEXT, 16)


def test_motion_is_as_large_as_content_and_changes_within_a_step():
    torch.manual_seed(0)
    motion = ContinuousMotion(motion_dim=32, num_waves=32, distance=0.5, shortest=0.5, longest=8.0)
    times = (torch.arange(8.0) / 12).expand(64, 8)
    vector = motion(motion.draw(times, Noise(list(range(64)))), times)
    assert 0.5 < vector.std(dim=0).mean() < 1.5  # over films
    apart = (vector[:, 1] - vector[:, 0]).square().mean().sqrt()
    assert 0.3 < apart < 1


def test_truncation_reaches_the_mapping():
    generator = awake(small())
    condition = told(3)
    codes = generator.sample_latent(condition, Noise([1, 2]))
    torch.testing.assert_close(codes.content.square().mean(dim=1), torch.ones(2))
    half = generator(condition, codes._replace(content=0.5 * codes.content)).video
    assert not torch.allclose(half, generator(condition, codes).video)


@torch.no_grad()
def test_a_film_at_birth_hears_its_content():
    """Styles of size 1 scale the features by 1 +- 1 (StyleGAN2); torch's own weights leave 1 +- 0.1."""
    net, seeds = born(dims=[48, 32, 24]), list(range(16))
    given = told(3, batch=16)
    codes = net.sample_latent(given, Noise(seeds))
    other = net.sample_latent(given, Noise([100 + seed for seed in seeds]))
    styles, scales = [], []
    net.mapping[-1].register_forward_hook(lambda layer, told, made: styles.append(made))
    net.second[-1].style.register_forward_hook(lambda layer, told, made: scales.append(made))
    film = net(given, codes).video
    assert 0.7 < styles[0].square().mean().sqrt() < 1.4
    assert 0.4 < scales[0].std(dim=0).mean() < 1.4
    assert (net(given, codes._replace(content=other.content)).video - film).abs().mean() > 0.3


@torch.no_grad()
def test_features_at_birth_do_not_fade_with_depth():
    net = born(height=64, width=64, dims=[32, 32, 32, 32, 16, 16])  # the paper size has six
    given = told(2)
    given = given._replace(known=torch.zeros(2, 2, 3, 64, 64), mask=torch.zeros(2, 2, 1, 64, 64))
    sizes = []
    for layer in net.second:
        layer.register_forward_hook(lambda layer, told, made: sizes.append(made.std().item()))
    make(net, given)
    assert len(sizes) == 6 and min(sizes) > 0.1
