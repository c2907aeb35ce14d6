"""A blind page for people: two films of one picture side by side, a choice by key, votes saved as a file.

The two-alternative forced choice of Fechner 1860, with ties; what stands on which side is in no word of the page.
"""

import base64
import io
import json
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from PIL import Image

from kineograph.core.types import Frames
from kineograph.report.page import section, write_page

SCRIPT = Path(__file__).with_name("ab_page.js")
QUESTION = "Two films of the same picture run in step. Which one is the better animation of it?"
CHOICE = (
    '<button class="choice" data-choice="{side}"><canvas role="img" aria-label="the {side} film"></canvas>'
    "<span>{side} <kbd>{key}</kbd></span></button>"
)
JUDGE = (
    '<p id="progress" class="lead" aria-live="polite"></p><div class="pair">'
    + CHOICE.format(side="left", key="←")
    + CHOICE.format(side="right", key="→")
    + '</div><p class="pair"><button data-choice="tie">no difference <kbd>↓</kbd></button>'
    '<button id="back">back <kbd>↑</kbd></button><button id="save">save votes</button></p>'
)
HOW = "Votes stay in this browser; save them as a file when you are done, and hand that file on."


def ab_page(page: str, pairs: list[tuple[Frames, Frames]], fps: float | int, out: Path) -> Path:
    """Writes the page of these films (left, right), in this order. Raises UserError where it cannot be written."""
    num_frames = len(pairs[0][0])
    columns = ceil(sqrt(num_frames))
    told = {
        "page": page,
        "fps": fps,
        "frames": num_frames,
        "columns": columns,
        "pairs": [[sheet(film, columns) for film in pair] for pair in pairs],
    }
    data = f'<script type="application/json" id="pairs">{json.dumps(told)}</script>'
    sections = [section("judge", "Which is better?", QUESTION, JUDGE + f'<p class="lead">{HOW}</p>' + data)]
    summary = f"{len(pairs)} pairs. Use the arrow keys, or click."
    return write_page("kineograph: which is better?", summary, sections, out, SCRIPT.read_text())


def sheet(frames: Frames, columns: int) -> str:
    """All frames in one picture, line by line, without loss, as a data address."""
    empty = -len(frames) % columns
    filled = np.concatenate([frames.numpy(), np.zeros((empty, *frames.shape[1:]), dtype=np.uint8)])
    lines = [np.concatenate(list(filled[start : start + columns]), axis=1) for start in range(0, len(filled), columns)]
    data = io.BytesIO()
    Image.fromarray(np.concatenate(lines)).save(data, "WEBP", lossless=True)
    return "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode()
