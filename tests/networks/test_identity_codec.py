import torch

from kineograph.networks.identity_codec import IdentityCodec


def test_same_size_is_the_identity(condition):
    codec = IdentityCodec(height=8, width=8)
    assert codec.latent_shape(condition) == (3, 3, 8, 8)
    latents = codec.encode(condition.known, condition)
    assert torch.equal(codec.decode(latents, condition), condition.known)
    assert codec.encode_condition(condition) is condition


def test_any_size_goes_in_and_comes_back(make_condition):
    codec = IdentityCodec(height=8, width=8)
    condition = make_condition((2, 3, 3, 20, 12))
    condition = condition._replace(known=torch.full_like(condition.known, 0.4))
    small = codec.encode_condition(condition)
    assert small.size == (8, 8)
    assert torch.allclose(small.known, torch.full_like(small.known, 0.4), atol=1e-6)
    assert (small.mask == 1).all()
    assert codec.decode(small.known, condition).shape == condition.known.shape


def test_partly_known_pictures_keep_their_colour(make_condition):
    condition = make_condition((1, 2, 3, 16, 16))
    mask = torch.zeros(1, 2, 1, 16, 16)
    mask[:, 0, :, :, :7] = 1
    condition = condition._replace(known=0.5 * mask.expand(-1, -1, 3, -1, -1), mask=mask)
    small = IdentityCodec(height=8, width=8).encode_condition(condition)
    assert set(small.mask.unique().tolist()) == {0.0, 1.0}
    assert (small.mask[:, 1] == 0).all()
    assert torch.allclose(small.known, 0.5 * small.mask.expand(-1, -1, 3, -1, -1), atol=1e-5)


def test_projection_keeps_what_is_given_and_colours_in_range(make_condition):
    codec, condition = IdentityCodec(height=8, width=8), make_condition((1, 2, 3, 8, 8))
    mask = torch.zeros(1, 2, 1, 8, 8)
    mask[:, 0, :, :4] = 1
    condition = condition._replace(mask=mask, known=condition.known * mask)
    found = codec.project(torch.full((1, 2, 3, 8, 8), 1.5), condition)
    assert torch.equal(found[:, 0, :, :4], condition.known[:, 0, :, :4])
    assert (found[:, 0, :, 4:] == 1).all() and (found[:, 1] == 1).all()
