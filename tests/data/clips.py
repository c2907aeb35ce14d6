"""Small films whose frames are known, and a source's settings."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SETTINGS: dict[str, Any] = {
    "background": [255, 255, 255],
    "height": 8,
    "width": 8,
    "channels": 3,
    "fps": 12,
    "resize": "centre",
    "held_out": 0.2,
}


def noise(count: int, height: int = 8, width: int = 8, channels: int = 3, seed: int = 0) -> np.ndarray:
    """Frames of which no two are alike."""
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, channels), dtype=np.uint8)


def save_frames(folder: Path, frames: np.ndarray) -> None:
    """One PNG a frame, numbered without zeros in front."""
    folder.mkdir(parents=True, exist_ok=True)
    for place, frame in enumerate(frames):
        Image.fromarray(frame.squeeze()).save(folder / f"frame {place}.png")


def stored(source: Any) -> dict[str, np.ndarray]:
    """Every film of a prepared source by its name."""
    store = source.open()
    assert store.check() == []
    return {row["source"]: store.whole(place) for place, row in enumerate(store.rows)}
