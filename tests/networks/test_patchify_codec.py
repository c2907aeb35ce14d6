import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.networks.patchify_codec import PatchifyCodec
from tests.networks.quickstart import condition, film


def test_exact_there_and_back_and_a_patch_is_where_it_was():
    codec, video = PatchifyCodec(height=8, width=12, patch=4), film(2, 3, 8, 12)
    told = condition(video, known=[0])
    latents = codec.encode(video, told)
    assert latents.shape == (2, *codec.latent_shape(told)) == (2, 3, 48, 2, 3)
    assert torch.equal(codec.decode(latents, told), video)
    assert torch.equal(latents[0, 1, 16:32, 1, 2].reshape(4, 4), video[0, 1, 1, 4:, 8:])  # green, below, at the right
    assert torch.equal(latents.flatten(0, 1), torch.nn.functional.pixel_unshuffle(video.flatten(0, 1), 4))


def test_the_condition_is_folded_and_its_mask_averaged():
    codec, video = PatchifyCodec(height=4, width=4, patch=2), film(1, 2, 4, 4)
    told = condition(video, known=[0])
    told.mask[:, 0, :, :, 3] = 0
    inside = codec.encode_condition(told)
    torch.testing.assert_close(inside.mask[0, 0, 0], torch.tensor([[1.0, 0.5], [1.0, 0.5]]))
    assert inside.mask[:, 1].sum() == 0 and inside.known.shape == (1, 2, 12, 2, 2)


def test_patches_that_do_not_fill_the_film():
    with pytest.raises(UserError, match="patch=3"):
        PatchifyCodec(height=8, width=9, patch=3)
