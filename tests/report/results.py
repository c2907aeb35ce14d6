"""Made-up evaluation results."""

import json
from pathlib import Path
from typing import Any

import torch

from kineograph.core.video import write

CARD = {"name": "tiny", "num_frames": 4, "fps": 12.0, "height": 16, "width": 16, "num_clips": 3, "hash": "a1"}


def row(name: str, kind: str = "trained", value: float = 0.2, **more: Any) -> dict[str, Any]:
    metrics = {"clip_distance": value, "clip_distance_low": value - 0.01, "clip_distance_high": value + 0.01}
    return {"name": name, "kind": kind, "protocol": CARD, "metrics": metrics, "num_clips": 3, **more}


def save(folder: Path, result: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result['name']}.json"
    path.write_text(json.dumps(result))
    return path


def save_film(path: Path, num_frames: int = 4, width: int = 16) -> Path:
    frames = torch.zeros(num_frames, 16, width, 3, dtype=torch.uint8)
    for place in range(num_frames):
        frames[place] = 60 * place % 256
    return write(path, frames, 12, {})
