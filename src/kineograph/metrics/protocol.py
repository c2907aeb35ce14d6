"""The protocol card: all that must be equal for two rows of a table to be comparable."""

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """What is evaluated, fixed before any model is seen. A card adds what only the run knows."""

    name: str
    num_frames: int
    fps: float
    height: int
    width: int
    num_windows: int  # evaluated places in each held-out clip
    split: str
    seed: int  # of the noise

    def card(self, *, data_hash: str, extractors: dict[str, str], num_clips: int) -> dict:
        """The protocol, the data, the sha256 of each extractor's weights and n, with a hash over all of it."""
        card = {**asdict(self), "data_hash": data_hash, "extractors": dict(sorted(extractors.items()))}
        card["num_clips"] = num_clips
        text = json.dumps(card, sort_keys=True)
        return {**card, "hash": hashlib.sha256(text.encode()).hexdigest()[:16]}


def extractors_of(metrics: dict) -> dict[str, str]:
    """Name and settings -> sha256 of the weights, for every extractor that these metrics look through."""
    found = [vars(metric)["extractor"] for metric in metrics.values() if "extractor" in vars(metric)]
    return {extractor.name: extractor.sha256 for extractor in found}
