import torch

from kineograph.networks.difference_codec import DifferenceCodec
from tests.networks.quickstart import condition, film


def test_nothing_is_lost_and_nothing_given_stays_pixels():
    codec, video = DifferenceCodec(height=8, width=8, scale=0.25), film(2, 4, 8, 8)
    told = condition(video, known=[0])
    latents = codec.encode(video, told)
    torch.testing.assert_close(latents[:, 2], (video[:, 2] - video[:, 0]) * 4)
    assert (latents[:, 0] == 0).all()
    torch.testing.assert_close(codec.decode(latents, told), video)
    free = condition(video, known=[])
    assert torch.equal(codec.encode(video, free), video)
    assert torch.equal(codec.decode(video, free), video)


def test_nought_is_the_picture_standing_still_at_any_size():
    codec, video = DifferenceCodec(height=8, width=8, scale=0.25), film(1, 3, 1, 1).expand(-1, -1, -1, 20, 12)
    told = condition(video, known=[1])
    still = codec.decode(torch.zeros(1, 3, 3, 8, 8), told)
    torch.testing.assert_close(still, video[:, 1:2].expand(-1, 3, -1, -1, -1))


def test_the_nearest_picture_and_only_where_it_is_given():
    codec, video = DifferenceCodec(height=4, width=4, scale=0.5), film(1, 5, 4, 4)
    told = condition(video, known=[0, 4])
    told.mask[:, :, :, :, 2:] = 0
    told.known.mul_(told.mask)
    latents = codec.encode(video, told)
    torch.testing.assert_close(latents[:, 3, :, :, :2], (video[:, 3] - video[:, 4])[:, :, :, :2] * 2)
    assert torch.equal(latents[:, 3, :, :, 2:], video[:, 3, :, :, 2:])
