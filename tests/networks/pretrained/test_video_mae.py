"""A small model of the real kind, built and saved here: the weights themselves cannot be had offline."""

import json

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.networks.pretrained.video_mae import VideoMAE

transformers = pytest.importorskip("transformers")


@pytest.fixture
def folder(tmp_path):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        settings = transformers.VideoMAEConfig(
            hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, num_frames=4,
            tubelet_size=2, image_size=32, patch_size=16,
        )  # fmt: skip
        transformers.VideoMAEModel(settings).save_pretrained(tmp_path)
    return tmp_path


def test_equals_the_model_on_prepared_clips(folder):
    extractor = VideoMAE(folder=str(folder), expected_sha256=None, batch_size=2)
    video = torch.rand(3, 7, 3, 20, 20, generator=torch.Generator().manual_seed(1)) * 2 - 1
    prepared = extractor.prepare(video)
    assert prepared.shape == (3, 4, 3, 32, 32)
    with torch.no_grad():
        tokens = transformers.VideoMAEModel.from_pretrained(folder).eval()(pixel_values=prepared).last_hidden_state
    torch.testing.assert_close(extractor(video), tokens.mean(dim=1), atol=1e-5, rtol=1e-5)


def test_frames_are_spread_from_the_first_to_the_last_in_imagenets_colours(folder):
    extractor = VideoMAE(folder=str(folder), expected_sha256=None, batch_size=2)
    video = torch.linspace(-1, 1, 7)[None, :, None, None, None].expand(1, 7, 1, 8, 8)
    means = extractor.prepare(video)[0, :, 0].mean(dim=(1, 2)) * 0.229 + 0.485
    torch.testing.assert_close(means, torch.tensor([0, 2 / 6, 4 / 6, 1.0]), atol=1e-4, rtol=0)


def test_missing_and_other_models_are_told(folder, tmp_path):
    with pytest.raises(UserError, match="model.safetensors.*clip_distance"):
        VideoMAE(folder=str(tmp_path / "none"), expected_sha256=None, batch_size=2)
    with pytest.raises(UserError, match="is not the weight file"):
        VideoMAE(folder=str(folder), expected_sha256="0000", batch_size=2)
    (folder / "config.json").write_text(json.dumps({"model_type": "vivit"}))
    with pytest.raises(UserError, match="'vivit', not videomae"):
        VideoMAE(folder=str(folder), expected_sha256=None, batch_size=2)
