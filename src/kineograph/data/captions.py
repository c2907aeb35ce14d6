"""Captions as numbers without a pretrained network: every word is a fixed random direction of unit length.

With text_dim 1 a caption is spelled out instead, a byte of UTF-8 a token: for models that have an encoder of their own.
"""

import functools
import re

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from kineograph.core.random import mix


@functools.lru_cache(maxsize=10_000)
def word_vector(word: str, text_dim: int) -> Float[Tensor, "d"]:
    """The same vector for the same word on every machine."""
    seed = mix(int.from_bytes(word.encode()[:64], "big") % 2**63, len(word))
    vector = torch.randn(text_dim, generator=torch.Generator().manual_seed(seed))
    return vector / vector.norm().clamp(min=1e-6)


@functools.lru_cache(maxsize=100_000)
def encode_caption(caption: str, num_tokens: int, text_dim: int) -> tuple[Float[Tensor, "n d"], Bool[Tensor, "n"]]:
    """The first ``num_tokens`` words (or bytes, over 255), one row a word, and where a word stands."""
    if text_dim == 1:
        letters = list(caption.encode()[:num_tokens])
        text = torch.tensor(letters + [0] * (num_tokens - len(letters)))[:, None] / 255
        return text, torch.arange(num_tokens) < len(letters)
    words = re.findall(r"[\w']+", caption.lower())[:num_tokens]
    text, mask = torch.zeros(num_tokens, text_dim), torch.zeros(num_tokens, dtype=torch.bool)
    for place, word in enumerate(words):
        text[place], mask[place] = word_vector(word, text_dim), True
    return text, mask
