"""Pretrained autoencoders by path, on tiny ones with random weights."""

from functools import cache

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.networks.diffusers_codec import DiffusersCodec
from tests.networks.quickstart import condition, film

diffusers = pytest.importorskip("diffusers")  # in the extra "bench"


@cache
def tiny(name: str, scaling: float = 0.5, shift: float | None = 0.25):
    torch.manual_seed(0)
    if name == "AutoencoderKL":
        return diffusers.AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
            block_out_channels=(8, 8), norm_num_groups=4, latent_channels=4, scaling_factor=scaling, shift_factor=shift,
        ).eval()  # fmt: skip
    return diffusers.AutoencoderKLCogVideoX(
        down_block_types=("CogVideoXDownBlock3D",) * 2, up_block_types=("CogVideoXUpBlock3D",) * 2,
        block_out_channels=(8, 8), norm_num_groups=4, latent_channels=4, layers_per_block=1,
        temporal_compression_ratio=2, scaling_factor=scaling,
    ).eval()  # fmt: skip


def codec(folder, latent_channels: int = 4) -> DiffusersCodec:
    return DiffusersCodec(folder=str(folder), latent_channels=latent_channels, height=8, width=8, frames_a_pass=2)


def test_the_latents_of_the_models_own_code(tmp_path):
    model = tiny("AutoencoderKL")
    model.save_pretrained(tmp_path)
    net, video = codec(tmp_path), film(1, 3, 8, 8)
    told = condition(video, known=[0])
    latents = net.encode(video, told)
    with torch.no_grad():
        wanted = (model.encode(video[0]).latent_dist.mode() - 0.25) * 0.5
        back = model.decode(wanted / 0.5 + 0.25).sample
    assert latents.shape == (1, *net.latent_shape(told)) == (1, 3, 4, 4, 4)
    torch.testing.assert_close(latents[0], wanted)
    torch.testing.assert_close(net.decode(latents, told)[0], back)
    assert not list(net.parameters()) and not net.state_dict()


def test_films_are_shortened_and_a_given_beginning_is_that_of_the_film(tmp_path):
    tiny("AutoencoderKLCogVideoX").save_pretrained(tmp_path)
    net, video = codec(tmp_path), film(1, 5, 8, 8)
    told = condition(video, known=[0])
    latents = net.encode(video, told)
    assert latents.shape == (1, *net.latent_shape(told)) == (1, 3, 4, 4, 4)
    assert net.decode(latents, told).shape == video.shape
    inside = net.encode_condition(told)
    assert inside.known.shape == latents.shape and inside.known[:, 1:].abs().max() == 0
    assert inside.times.shape == (1, 3) and inside.mask[:, 0].min() > 0.99 and inside.mask[:, 1:].max() == 0


def test_what_is_missing_is_told_in_one_line(tmp_path):
    video = film(1, 2, 8, 8)
    with pytest.raises(UserError, match="there is no"):
        codec(tmp_path).encode(video, condition(video, known=[]))
    tiny("AutoencoderKL").save_pretrained(tmp_path)
    with pytest.raises(UserError, match="latent_channels=4"):
        codec(tmp_path, latent_channels=16).latent_shape(condition(video, known=[]))
    (tmp_path / "config.json").write_text('{"_class_name": "Other"}')
    with pytest.raises(UserError, match="class Other"):
        codec(tmp_path).latent_shape(condition(video, known=[]))


def test_a_size_that_cells_do_not_fill_is_told(tmp_path):
    tiny("AutoencoderKL").save_pretrained(tmp_path)
    net = DiffusersCodec(folder=str(tmp_path), latent_channels=4, height=9, width=8, frames_a_pass=2)
    with pytest.raises(UserError, match="height=9 and width=8 must be multiples of 2"):
        net.latent_shape(condition(film(1, 3, 9, 8), known=[0]))


def test_latents_keep_32_bits_under_autocast(tmp_path):
    tiny("AutoencoderKL").save_pretrained(tmp_path)
    video = film(1, 3, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        assert codec(tmp_path).encode(video, condition(video, known=[0])).dtype == torch.float32
