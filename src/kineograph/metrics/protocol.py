"""The protocol card: all that must be equal for two rows of a table to be comparable."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from kineograph.core.errors import UserError

KNOWN = {  # words that this evaluator understands; whatever else a paper did is refused, not guessed
    "offset": ("spread", "random"),
    "split": ("train", "held_out"),
    "resize": ("antialiased", "none"),
    "pixels": ("uint8",),
}
CODEC = re.compile(r"h264 crf ([0-9]|[1-4][0-9]|5[01])")
SETTINGS = (int, float, str, bool)
NOT_CONTENT = ("name", "hash")  # what a protocol is called is no part of what was measured
NETWORKS = ("extractor", "distance", "detector", "flow")  # where metrics hold what they look through
HASH_DIGITS = 16


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """What is evaluated, fixed before any model is seen; what is null is filled in by ``at`` from what is at hand.

    Equal content gives an equal ``hash``, on every machine. Raises UserError for what this evaluator cannot do.
    """

    name: str
    num_real: int | None  # real clips at most; null: all windows of the split
    num_fake: int | None  # every real clip is animated once, so as many
    fewer_clips: bool  # whether data of fewer clips are measured with all they have, or refused
    num_windows: int  # clips per video, at most
    offset: str  # where a clip begins: spread evenly from the film's start to its end, or drawn at random
    split: str
    num_frames: int
    fps: float | int | None  # of generated clips; null: the films' own rate by fake_stride
    stride: int | None  # frames of the film a step of a real clip; null: in seconds, by fps
    fake_stride: int | None  # frames of the film that a step of a generated clip stands for
    height: int | None  # null: as the films are stored
    width: int | None
    resize: str  # antialiased: averaged when it shrinks; none: as stored, or refused (an extractor may resize inside)
    pixels: str  # uint8: generated films are rounded to 8 bits before anything is measured
    codec: str | None  # "h264 crf N": films as an mp4 of this constant rate factor leaves them; null: as they are
    num_trials: int  # evaluations with other noise (and other random offsets): their mean -+ standard deviation
    extractors: Mapping[str, str | None]  # those demanded: name -> sha256 of the weights, null: any
    data_hash: str | None  # null: any data
    seed: int  # of the noise and of random offsets

    def __post_init__(self) -> None:
        for field, words in KNOWN.items():
            if getattr(self, field) not in words:
                raise UserError(
                    f"protocol.{field} is '{getattr(self, field)}'; this evaluator knows {', '.join(map(str, words))}"
                )
        if self.codec is not None and not CODEC.fullmatch(self.codec):
            raise UserError(
                f"protocol.codec is '{self.codec}'; this evaluator knows null and 'h264 crf N' with N from 0 to 51"
            )
        if (self.stride is None) != (self.fake_stride is None) or (self.fps is None and self.stride is None):
            raise UserError("a protocol gives fps, or both stride and fake_stride")
        if (self.height is None) != (self.width is None):
            raise UserError("a protocol gives both height and width, or neither")
        if self.num_real != self.num_fake:
            raise UserError(
                f"protocol.num_fake is {self.num_fake} and num_real {self.num_real}: every real clip is animated once, "
                "so make them equal"
            )
        for field in (
            "num_real",
            "num_windows",
            "num_frames",
            "stride",
            "fake_stride",
            "height",
            "width",
            "num_trials",
        ):
            if (value := getattr(self, field)) is not None and value < 1:
                raise UserError(f"protocol.{field} is {value}; it is at least 1")
        if self.fps is not None:
            object.__setattr__(self, "fps", float(self.fps))  # 12 and 12.0 are one content
        object.__setattr__(self, "extractors", MappingProxyType(dict(sorted(self.extractors.items()))))

    def __hash__(self) -> int:
        return int(self.hash, 16)

    @property
    def speed(self) -> float:
        """How fast real films are played, where their stride is not that of the generated ones."""
        return 1.0 if self.stride is None or self.fake_stride is None else self.stride / self.fake_stride

    @property
    def crf(self) -> int | None:
        """The codec's constant rate factor, where there is a codec."""
        return None if self.codec is None else int(self.codec.split()[-1])

    @property
    def hash(self) -> str:
        """Of the content, not of the name."""
        content = {key: value for key, value in self._content().items() if key not in NOT_CONTENT}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:HASH_DIGITS]

    @property
    def card(self) -> dict[str, Any]:
        """Plain values, with the hash over them: what is stored beside every number."""
        return {**self._content(), "hash": self.hash}

    def at(self, *, data_hash: str, extractors: Mapping[str, str], num_clips: int) -> "Protocol":
        """This protocol on the data, weights and number of clips at hand. Raises UserError where they do not fit."""
        if self.data_hash not in (None, data_hash):
            raise UserError(
                f"protocol '{self.name}' is for the data {self.data_hash[:8]} and these are {data_hash[:8]}"
            )
        if self.num_real is not None and num_clips < self.num_real and not self.fewer_clips:
            raise UserError(
                f"protocol '{self.name}' wants {self.num_real} clips and the {self.split} split gives {num_clips}"
            )
        for wanted, sha256 in self.extractors.items():
            found = {name: known for name, known in extractors.items() if name.split(" ")[0] == wanted}
            if not found:
                raise UserError(
                    f"protocol '{self.name}' looks through {wanted}, these metrics through "
                    f"{', '.join(extractors) or 'nothing'}; choose metrics with {wanted}, or see evaluate --explain"
                )
            for known in found.values():
                if sha256 is not None and known != sha256:
                    raise UserError(
                        f"protocol '{self.name}' wants {wanted} with weights of sha256 {sha256[:12]}, "
                        f"the file at hand has {known[:12]}; get the official file"
                    )
        return replace(self, data_hash=data_hash, extractors=extractors, num_real=num_clips, num_fake=num_clips)

    def _content(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**values, "extractors": dict(self.extractors)}


def extractors_of(metrics: Mapping[str, Any]) -> dict[str, str]:
    """Name and settings -> sha256 of the weights, for every extractor that these metrics look through."""
    held = [vars(metric) for metric in metrics.values()]
    found = [parts[role] for parts in held for role in NETWORKS if role in parts]
    return dict(sorted((named(extractor), extractor.sha256) for extractor in found))


def named(extractor: Any) -> str:
    """``efficientnet_lite0 num_frames=4 size=112``: all that decides its features, beside the weights."""
    known = {key: value for key, value in sorted(vars(extractor).items()) if isinstance(value, SETTINGS)}
    settings = [f"{key}={value}" for key, value in known.items() if key not in ("batch_size", "name", "sha256")]
    return " ".join([extractor.name, *settings])


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The fields in which two cards differ, each with both values, in one short piece of text."""
    found = []
    for key in sorted({*one, *other} - {*NOT_CONTENT}):
        mine, yours = one.get(key), other.get(key)
        if isinstance(mine, Mapping) and isinstance(yours, Mapping):
            found += [f"{key}.{part}" for part in differences(mine, yours)]
        elif mine != yours:
            found.append(f"{key}: {_short(mine)} and {_short(yours)}")
    return found


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 24 else f"{text[:8]}..."
