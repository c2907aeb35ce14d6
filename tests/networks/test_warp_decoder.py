import pytest
import torch

from kineograph.core.warp import nearest_known
from kineograph.networks.warp_decoder import WarpDecoder
from tests.networks.quickstart import condition, film


def decoder(still: bool = False) -> WarpDecoder:
    torch.manual_seed(0)
    net = WarpDecoder(channels=3, latent_channels=4, height=16, width=16, dim=4)
    if still:
        torch.nn.init.zeros_(net.head.weight)
    return net


@pytest.mark.parametrize("size", [(16, 16), (40, 24)])
def test_no_flow_and_no_paint_repeat_the_picture_at_any_size(size):
    told = condition(film(2, 4, *size), known=[0, 3])
    answer = decoder(still=True)(torch.randn(2, 4, 4, 4, 4), told)
    torch.testing.assert_close(answer.extras["flow"], torch.zeros(2, 4, 2, 16, 16))
    if size == (16, 16):
        torch.testing.assert_close(answer.video, nearest_known(told))
    assert (answer.video - nearest_known(told)).abs().mean() < 0.1


def test_a_film_without_a_picture_is_not_empty():
    told = condition(film(2, 4, 16, 16), known=[])
    answer = decoder()(torch.randn(2, 4, 4, 4, 4), told)
    assert answer.video.abs().max() > 0
    assert answer.video.isfinite().all()


def test_frames_known_in_one_clip_do_not_leak_into_another():
    video, latents = film(2, 4, 16, 16), torch.randn(2, 4, 4, 4, 4)
    first, last = condition(video, known=[0]), condition(video, known=[3])
    mixed = first._replace(
        known=torch.cat([first.known[:1], last.known[1:]]), mask=torch.cat([first.mask[:1], last.mask[1:]])
    )
    torch.testing.assert_close(decoder()(latents, mixed).video[:1], decoder()(latents, first).video[:1])
    torch.testing.assert_close(decoder()(latents, mixed).video[1:], decoder()(latents, last).video[1:])


@pytest.mark.parametrize("frame", [0, 3])
def test_a_clip_without_a_picture_does_not_depend_on_its_batch(frame):
    video, latents = film(2, 4, 16, 16), torch.randn(2, 4, 4, 4, 4)
    none, some = condition(video, known=[]), condition(video, known=[frame])
    mixed = none._replace(
        known=torch.cat([none.known[:1], some.known[1:]]), mask=torch.cat([none.mask[:1], some.mask[1:]])
    )
    together = decoder()(latents, mixed).video
    torch.testing.assert_close(together[:1], decoder()(latents, none).video[:1])
    torch.testing.assert_close(together[1:], decoder()(latents, some).video[1:])
