"""Small models of the real kinds, built and saved here: the weights themselves cannot be had offline."""

import json

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.networks.pretrained.vision_folder import VisionFolder

transformers = pytest.importorskip("transformers")
SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}


def made(folder, kind):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if kind == "clip":
            settings = transformers.CLIPVisionConfig(**SMALL, image_size=32, patch_size=16, projection_dim=8)
            network = transformers.CLIPVisionModelWithProjection(settings)
        else:
            network = transformers.Dinov2Model(transformers.Dinov2Config(**SMALL, image_size=28, patch_size=14))
    network.eval().save_pretrained(folder)
    return network


def extractor(folder):
    return VisionFolder(folder=str(folder), expected_sha256=None, needed_by="kid_clip", instead="kid_efflite0",
                        num_frames=1, batch_size=2)  # fmt: skip


@pytest.mark.parametrize(("kind", "wide"), [("clip", 8), ("dinov2", 16)])
def test_equals_the_model_on_prepared_frames(tmp_path, kind, wide):
    network = made(tmp_path, kind)
    ours = extractor(tmp_path)
    assert (ours.name, ours.feature_dim) == (kind, wide)
    video = torch.rand(2, 2, 3, 20, 20, generator=torch.Generator().manual_seed(1)) * 2 - 1
    features = ours(video)
    with torch.no_grad():
        answer = network(pixel_values=ours.prepare(((video[:, 1] + 1) * 127.5).round()))
    wanted = answer.image_embeds if kind == "clip" else answer.last_hidden_state[:, 0]
    torch.testing.assert_close(features[:, 0], wanted, atol=1e-5, rtol=1e-5)


def test_white_is_prepared_as_the_networks_were_trained(tmp_path):
    made(tmp_path, "clip")
    white = extractor(tmp_path).prepare(torch.full((1, 3, 8, 8), 255.0))
    assert white.shape == (1, 3, 32, 32)
    torch.testing.assert_close(white[0, :, 0, 0], torch.tensor([1.9303, 2.0749, 2.1459]), atol=1e-3, rtol=0)


def test_missing_and_other_models_are_told(tmp_path):
    with pytest.raises(UserError, match="model.safetensors.*kid_efflite0"):
        extractor(tmp_path / "none")
    made(tmp_path, "clip")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(UserError, match="'bert'"):
        extractor(tmp_path)
