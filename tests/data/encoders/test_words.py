import torch

from kineograph.data.captions import encode_caption
from kineograph.data.encoders.words import Words


def test_the_words_of_the_caption():
    encoder = Words()
    encoder.prepare(["a red cat"], 4, 16)
    text, mask = encoder("a red cat", 4, 16)
    assert mask.tolist() == [True] * 3 + [False] and torch.equal(text[1], encode_caption("red", 1, 16)[0][0])
