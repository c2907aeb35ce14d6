import pickle

import pytest
import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from kineograph.core.errors import UserError
from kineograph.networks.pretrained.inception import OFFICIAL, Inception
from tests.networks.pretrained.made_inception import made_inception


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return made_inception(tmp_path_factory.mktemp("inception") / "made.pth")


def test_equals_torch_fidelity(weights):
    extractor = Inception(weights=str(weights), expected_sha256=None, num_frames=1, batch_size=2)
    video = torch.rand(1, 2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], str(weights))
    wanted = network(((video[:, 1] + 1) * 127.5).round().byte())[0]
    assert torch.allclose(extractor(video)[:, 0], wanted, atol=1e-5)
    assert extractor.name == "inception_with_unofficial_weights"


def test_a_missing_file_names_itself_and_the_way_out(tmp_path):
    with pytest.raises(UserError, match=f"nowhere.pth.*{OFFICIAL}.*fd_efflite0"):
        Inception(weights=str(tmp_path / "nowhere.pth"), expected_sha256=None, num_frames=1, batch_size=2)


def test_code_in_the_file_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "pwned"), "w"))

    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps(Evil(), protocol=2))
    with pytest.raises(UserError, match="refused"):
        Inception(weights=str(path), expected_sha256=None, num_frames=1, batch_size=2)
    assert not (tmp_path / "pwned").exists()


def test_other_tensors_do_not_fit(tmp_path):
    path = tmp_path / "other.pth"
    torch.save({"a": torch.zeros(1)}, path)
    with pytest.raises(UserError, match="do not fit"):
        Inception(weights=str(path), expected_sha256=None, num_frames=1, batch_size=2)


def test_the_inception_scores_logits_come_from_the_features(weights):
    extractor = Inception(weights=str(weights), expected_sha256=None, num_frames=1, batch_size=2)
    video = torch.rand(1, 2, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    network = FeatureExtractorInceptionV3("inception-v3-compat", ["logits_unbiased"], str(weights))
    wanted = network(((video[:, 1] + 1) * 127.5).round().byte())[0]
    torch.testing.assert_close(extractor.classify(extractor(video))[:, 0], wanted, atol=1e-5, rtol=1e-5)


def test_another_file_is_not_called_fid(weights):
    with pytest.raises(UserError, match=f"made.pth.*{OFFICIAL}.*fd_efflite0"):
        Inception(weights=str(weights), expected_sha256="6726825d", num_frames=1, batch_size=2)
