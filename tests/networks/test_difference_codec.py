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


def test_the_picture_is_shown_beside_every_frame():
    codec, video = DifferenceCodec(height=4, width=4, scale=0.5), film(2, 4, 4, 4)
    told = codec.encode_condition(condition(video, known=[0, 3]))
    torch.testing.assert_close(told.known, video[:, [0, 0, 3, 3]])  # a tie goes to the earlier one
    assert told.mask.flatten(1).sum(dim=1).tolist() == [32.0, 32.0]  # the mask says where it is given
    free = condition(video, known=[])
    assert (codec.encode_condition(free).known == 0).all()


def test_projection_keeps_what_is_given_and_colours_in_range():
    codec, video = DifferenceCodec(height=4, width=4, scale=0.25), film(2, 3, 4, 4)
    told = codec.encode_condition(condition(video, known=[0]))
    wild = 20 * torch.randn(2, 3, 3, 4, 4)
    found = codec.project(wild, told)
    assert (found[:, 0] == 0).all()
    film_of = codec.decode(found, condition(video, known=[0]))
    torch.testing.assert_close(film_of[:, 1:], (video[:, :1] + 0.25 * wild[:, 1:]).clamp(-1, 1), atol=1e-5, rtol=0)
    true = codec.encode(video, condition(video, known=[0]))
    torch.testing.assert_close(codec.project(true, told), true)  # films are left alone
