"""Captions without a network."""

import torch

from kineograph.data.captions import encode_caption


def test_words_are_rows_and_the_rest_is_masked():
    text, mask = encode_caption("A small red ball", 6, 16)
    assert mask.tolist() == [True] * 4 + [False] * 2 and text[4:].abs().sum() == 0
    again, _ = encode_caption("red", 2, 16)
    assert torch.equal(again[0], text[2]) and not torch.equal(text[1], text[2])
    assert encode_caption("", 0, 16)[0].shape == (0, 16)
