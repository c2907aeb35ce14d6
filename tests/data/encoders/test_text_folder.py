"""T5, CLIP and BERT's kind on small random networks, held against transformers' own answers."""

import json
import pickle
import shutil
import sys

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.data.clip_reader import Window
from kineograph.data.encoders.pretrained_text import PretrainedText
from kineograph.data.encoders.text_folder import TextFolder
from tests.data.counted import CountedFilms, reader

transformers = pytest.importorskip("transformers")

from tests.data.encoders.small_towers import DIM, WORDS, bert, clip, clip_text, t5  # noqa: E402

CAPTION = "a red cat"
TOKENS = [WORDS[word] for word in CAPTION.split()]
TOWERS = {
    "t5": (t5, transformers.T5EncoderModel, [*TOKENS, 2]),
    "clip_text": (clip_text, transformers.CLIPTextModel, [7, *TOKENS, 2]),
    "clip": (clip, transformers.CLIPTextModel, [7, *TOKENS, 2]),
    "bert": (bert, transformers.BertModel, [7, *TOKENS, 2]),
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(params=TOWERS)
def tower(request, tmp_path):
    make, kind, tokens = TOWERS[request.param]
    return make(tmp_path / "tower"), kind, tokens


def test_the_last_states_of_its_tokens(tower):
    folder, kind, tokens = tower
    text, mask = TextFolder(weights=str(folder), hub=False)(CAPTION, 8, DIM)
    with torch.no_grad():
        states = kind.from_pretrained(folder).eval()(input_ids=torch.tensor([tokens])).last_hidden_state[0]
    assert mask.tolist() == [True] * len(tokens) + [False] * (8 - len(tokens))
    torch.testing.assert_close(text[mask], states)
    assert text[~mask].abs().sum() == 0


def test_cut_captions_keep_their_end(tower):
    folder, kind, tokens = tower
    text, mask = TextFolder(weights=str(folder), hub=False)(CAPTION, len(tokens) - 1, DIM)
    with torch.no_grad():
        cut = [*tokens[:-2], tokens[-1]]
        states = kind.from_pretrained(folder).eval()(input_ids=torch.tensor([cut])).last_hidden_state[0]
    assert mask.all()
    torch.testing.assert_close(text, states)


def test_an_empty_caption_is_none_and_reads_nothing(tmp_path):
    encoder = TextFolder(weights=str(t5(tmp_path / "tower")), hub=False)
    text, mask = encoder(" ", 4, DIM)
    assert not mask.any() and text.shape == (4, DIM) and "tower" not in vars(encoder)


def test_each_caption_is_read_once_whoever_asks(tmp_path, cache, monkeypatch, capsys):
    folder = t5(tmp_path / "tower")
    encoder, read = TextFolder(weights=str(folder), hub=False), []
    capsys.readouterr()
    one = PretrainedText._read
    monkeypatch.setattr(PretrainedText, "_read", lambda self, caption, n: read.append(caption) or one(self, caption, n))
    encoder.prepare(["a cat", "a red cat", "a cat", ""], 8, DIM)
    assert read == ["a cat", "a red cat"] and "tower" not in vars(encoder)
    assert capsys.readouterr().err == "kineograph: 2 captions are read by tower, once\n"
    first, _ = encoder("a cat", 8, DIM)
    again, _ = TextFolder(weights=str(shutil.copytree(folder, tmp_path / "copy")), hub=False)("a cat", 8, DIM)
    assert len(read) == 2 and torch.equal(first, again)  # another process, the model elsewhere
    (damaged, _) = sorted(cache.glob("captions/*/*.npy"))
    damaged.write_bytes(damaged.read_bytes()[:-5])
    encoder.prepare(["a cat", "a red cat"], 8, DIM)
    assert torch.equal(encoder("a cat", 8, DIM)[0], first)
    encoder("a red cat", 8, DIM)
    assert len(read) == 3
    assert not [path for path in cache.rglob("*") if path.name.startswith(".")]
    torch.manual_seed(9)
    transformers.T5EncoderModel(transformers.T5Config.from_pretrained(folder)).save_pretrained(folder)
    other, _ = TextFolder(weights=str(folder), hub=False)("a cat", 8, DIM)
    assert len(read) == 4 and not torch.equal(first, other)


def test_a_loader_carries_no_network(tmp_path):
    encoder = TextFolder(weights=str(t5(tmp_path / "tower")), hub=False)
    text, _ = encoder("a cat", 8, DIM)
    assert "tower" in vars(encoder)
    travelled = pickle.loads(pickle.dumps(encoder))
    assert "tower" not in vars(travelled) and torch.equal(travelled("a cat", 8, DIM)[0], text)


def test_clips_carry_it(tmp_path):
    encoder, films = TextFolder(weights=str(t5(tmp_path / "tower")), hub=False), CountedFilms(2)
    films.films[1] = films.films[1]._replace(caption="a red cat")
    words = {"text": encoder, "num_tokens": 8, "text_dim": DIM}
    clip = reader(films=films, **words).read([Window(0, 0, 0.0, 1.0), Window(1, 0, 0.0, 1.0)])
    assert torch.equal(clip.text[1], encoder("a red cat", 8, DIM)[0]) and clip.text_mask[1].sum() == 4


def test_mistakes(tmp_path, monkeypatch):
    with pytest.raises(UserError, match=r"no config.json .*nowhere.*data/text=words"):
        TextFolder(weights=str(tmp_path / "nowhere"), hub=False)("a", 8, DIM)
    folder = t5(tmp_path / "tower")
    with pytest.raises(UserError, match=r"clip.text_dim=16"):
        TextFolder(weights=str(folder), hub=False).prepare(["a"], 8, 32)
    with pytest.raises(UserError, match=r"clip.num_tokens=1"):
        TextFolder(weights=str(folder), hub=False)("a", 1, DIM)
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(folder / "config.json", bare)
    with pytest.raises(UserError, match="cannot be read") as told:
        TextFolder(weights=str(bare), hub=False)("a", 8, DIM)
    assert "\n" not in str(told.value)
    (bare / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    with pytest.raises(UserError, match="'gpt2'; known: bert, clip"):
        TextFolder(weights=str(bare), hub=False)("a", 8, DIM)
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(UserError, match="pip install transformers"):
        TextFolder(weights=str(folder), hub=False)("green", 8, DIM)


def test_a_hub_that_cannot_be_reached(monkeypatch):
    import huggingface_hub

    def refuse(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", refuse)
    with pytest.raises(UserError, match=r"'some/t5' could not be fetched \(no network\).*data.text.hub=false"):
        TextFolder(weights="some/t5", hub=True)("a", 8, DIM)
