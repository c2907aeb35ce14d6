import torch
from efficientnet_lite_pytorch import EfficientNet

from kineograph.networks.pretrained.efficientnet_lite0 import EfficientNetLite0


def test_equals_the_package_and_leaves_randomness_alone():
    before = torch.get_rng_state()
    extractor = EfficientNetLite0(size=64, num_frames=2, batch_size=3)
    video = torch.rand(2, 4, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    features = extractor(video)
    assert torch.equal(before, torch.get_rng_state())
    assert features.shape == (2, 2, extractor.feature_dim)
    assert extractor.sha256.startswith("57934424")
    network = EfficientNet.from_name("efficientnet-lite0", image_size=64).eval()
    network.load_state_dict(torch.load(extractor.path, weights_only=True))
    with torch.no_grad():
        pictures = extractor.prepare(((video[:, [2, 3]].flatten(0, 1) + 1) * 127.5).round())
        wanted = network.extract_features(pictures).mean(dim=(2, 3)).unflatten(0, (2, 2))
    assert torch.allclose(features, wanted, atol=1e-4)


def test_logits_come_from_the_features_without_a_second_pass():
    extractor = EfficientNetLite0(size=64, num_frames=1, batch_size=3)
    video = torch.rand(2, 2, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    network = EfficientNet.from_name("efficientnet-lite0", image_size=64).eval()
    network.load_state_dict(torch.load(extractor.path, weights_only=True))
    with torch.no_grad():
        wanted = network(extractor.prepare(((video[:, 1] + 1) * 127.5).round()))
    torch.testing.assert_close(extractor.classify(extractor(video))[:, 0], wanted, atol=1e-3, rtol=1e-3)
