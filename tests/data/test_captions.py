"""Captions without a network."""

import torch

from kineograph.data.captions import encode_caption


def test_words_are_rows_and_the_rest_is_masked():
    text, mask = encode_caption("A small red ball", 6, 16)
    assert mask.tolist() == [True] * 4 + [False] * 2 and text[4:].abs().sum() == 0
    again, _ = encode_caption("red", 2, 16)
    assert torch.equal(again[0], text[2]) and not torch.equal(text[1], text[2])
    assert encode_caption("", 0, 16)[0].shape == (0, 16)


def test_a_spelled_caption_comes_back_letter_by_letter():
    text, mask = encode_caption("Ein Bär!", 12, 1)
    assert bytes((text[mask, 0] * 255).round().int().tolist()).decode() == "Ein Bär!"
    assert mask.sum() == 9  # the umlaut is two bytes
    assert encode_caption("Ein Bär!", 3, 1)[1].all()
