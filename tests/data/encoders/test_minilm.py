"""The package made by hand from a small random network; the real one where a test is marked ``download``."""

import pytest
import torch
import torch.nn.functional as F

from kineograph.core.errors import UserError
from kineograph.data import packages
from kineograph.data.encoders.minilm import MODEL, MiniLm
from tests.data.test_packages import wheel

transformers = pytest.importorskip("transformers")

from tests.data.encoders.small_towers import DIM, bert  # noqa: E402


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


def test_it_lies_in_its_package(cache, tmp_path):
    files = {f"gt_all/model/{path.name}": path.read_bytes() for path in bert(tmp_path / "bert").iterdir()}
    name = f"{MODEL.name.replace('-', '_')}-{MODEL.version}-py3-none-any.whl"
    (cache / name).write_bytes(wheel(files | {"gt_all/cli.py": b"not wanted"}))
    encoder = MiniLm()
    text, mask = encoder("a red cat", 8, DIM)
    assert mask.sum() == 5 and not (encoder.folder / "cli.py").exists()
    with torch.no_grad():
        network = transformers.BertModel.from_pretrained(encoder.folder).eval()
        states = network(input_ids=torch.tensor([[7, 3, 4, 6, 2]])).last_hidden_state[0]
    torch.testing.assert_close(text[mask], states)


def test_without_a_network_it_says_what_to_do(cache, monkeypatch):
    monkeypatch.setitem(packages.CLIENTS, "wheel", lambda _: ["false"])
    with pytest.raises(UserError, match=r"could not be fetched.*or: data/text=words") as told:
        MiniLm()("a cat", 8, 384)
    assert "\n" not in str(told.value)


@pytest.mark.download
def test_the_real_one_knows_what_is_alike():
    encoder, sentences = MiniLm(), {}
    for word in ("kitten", "cat", "truck"):
        text, mask = encoder(word, 32, 384)
        sentences[word] = text[mask].mean(dim=0)
    kitten, truck = (F.cosine_similarity(sentences[word], sentences["cat"], dim=0) for word in ("kitten", "truck"))
    assert kitten > 0.6 and truck < 0.5, (kitten, truck)
