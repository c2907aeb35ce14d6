import pytest
import torch

from kineograph.core.random import Noise
from kineograph.core.types import Codes, Condition
from kineograph.networks.motion_generator import MotionGenerator
from tests.networks.quickstart import condition, film


def generator(awake: bool = True) -> MotionGenerator:
    torch.manual_seed(0)
    net = MotionGenerator(
        channels=4, known_channels=3, content_dim=5, frames_a_token=4, num_classes=3, dim=16, depth=2, num_heads=2
    )
    if awake:
        for parameter in net.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
    return net


def told(num_frames: int = 4, batch: int = 2) -> Condition:
    return condition(film(batch, num_frames, 3, 5), known=[0])


def at_once(net: MotionGenerator, given: Condition, noise: Noise) -> torch.Tensor:
    return net(given, net.sample_latent(given, noise)).video


@pytest.mark.parametrize("num_frames", [3, 4, 8])
def test_one_latent_film_a_picture_at_any_length(num_frames):
    assert at_once(generator(), told(num_frames), Noise([1, 2])).shape == (2, num_frames, 4, 3, 5)


def test_codes_are_standard_normal_and_belong_to_the_sample():
    net, given = generator(), told(8, 2)
    codes = net.sample_latent(given, Noise([1, 2]))
    alone = net.sample_latent(told(8, 1), Noise([2]))
    assert codes.content.shape == (2, 5) and codes.motion.shape == (2, 8, 4, 3, 5)
    assert torch.equal(codes.content[1:], alone.content) and torch.equal(codes.motion[1:], alone.motion)
    many = net.sample_latent(told(8, 1), Noise([3])).motion
    assert many.mean().abs() < 0.2 and (many.std() - 1).abs() < 0.15  # 480 draws


def test_content_motion_and_picture_count():
    net, given = generator(), told()
    codes = net.sample_latent(given, Noise([1, 2]))
    plain = net(given, codes).video
    changed = [
        net(given, Codes(codes.content + 1, codes.motion)).video,
        net(given, Codes(codes.content, codes.motion + 1)).video,
        net(given._replace(known=-given.known), codes).video,
    ]
    assert all((video - plain).abs().max() > 1e-4 for video in changed)


def test_clips_do_not_see_each_other():
    net, given = generator(), told()
    alone = Condition(*(None if field is None else field[1:] for field in given))
    together = at_once(net, given, Noise([1, 2]))
    torch.testing.assert_close(together[1:], at_once(net, alone, Noise([2])), atol=1e-5, rtol=0)


def test_every_parameter_learns():
    net, given = generator(awake=False), told()
    at_once(net, given, Noise([1, 2])).square().sum().backward()
    assert all(parameter.grad is not None for parameter in net.parameters())


def test_latents_keep_32_bits_under_autocast():
    net, given = generator(), told()
    with torch.autocast("cpu", torch.bfloat16):
        codes = net.sample_latent(given, Noise([1, 2]))
        video = net(given, codes).video
        rounded = net(given._replace(known=given.known.bfloat16()), codes._replace(motion=codes.motion.bfloat16()))
    assert video.dtype == rounded.video.dtype == torch.float32
    assert not torch.equal(video, video.bfloat16().float())
    torch.testing.assert_close(video, net(given, codes).video, atol=0.05, rtol=0.05)
