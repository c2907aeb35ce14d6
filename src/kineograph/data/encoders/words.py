"""Captions without a network: a fixed random direction a word, or with text_dim 1 the caption spelled out."""

from collections.abc import Iterable

from jaxtyping import Bool, Float
from torch import Tensor

from kineograph.data.captions import encode_caption


class Words:
    """A text encoder (protocols.TextEncoder) that needs no weights; any ``text_dim``."""

    def prepare(self, captions: Iterable[str], num_tokens: int, text_dim: int) -> None:
        """Nothing: a word costs less than looking it up."""

    def __call__(self, caption: str, num_tokens: int, text_dim: int) -> tuple[Float[Tensor, "n d"], Bool[Tensor, "n"]]:
        return encode_caption(caption, num_tokens, text_dim)
