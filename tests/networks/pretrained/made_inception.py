"""A weight file that fits Inception, made here: the official one cannot be had offline."""

from pathlib import Path
from unittest import mock

import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3


def made_inception(path: Path) -> Path:
    """Writes random weights from a fixed seed."""
    with (
        mock.patch.object(torch, "load", return_value={}),
        mock.patch.object(FeatureExtractorInceptionV3, "load_state_dict"),
        torch.random.fork_rng(devices=[]),
    ):
        torch.manual_seed(0)
        network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], "none")
    torch.save(network.state_dict(), path)
    return path
