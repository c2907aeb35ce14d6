"""Moving previews as HTML: every film is one strip of its frames that CSS steps through, so all films move in step,
can be stopped, and rest where the reader asked for less motion."""

import base64
import io
import textwrap
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from kineograph.core.video import read

MAX_WIDTH = 192  # pixels of a frame on the page
LONGEST = 40  # characters of a heading
MAX_STRIP = 16_000  # pixels; WebP ends at 16383


def previews(rows: list[dict[str, Any]], name: str = "moving") -> str:
    """A grid: a column a picture, a row an animator; an empty string where no row has previews.

    ``name`` tells several grids of one page apart.
    """
    shown = [row for row in rows if row.get("previews")]
    if not shown:
        return ""
    pictures: dict[str, str] = {}  # and their captions, which evaluations did not always note
    for preview in (preview for row in shown for preview in row["previews"]):
        stem = Path(preview["picture"]).stem
        pictures[stem] = pictures.get(stem) or str(preview.get("caption") or "")
    lines = []
    for row in shown:
        films = {Path(preview["picture"]).stem: Path(preview["film"]) for preview in row["previews"]}
        who = escape(str(row["name"]))
        cells = "".join(
            _cell(films.get(picture), f"{caption or picture}, animated by {row['name']}")
            for picture, caption in pictures.items()
        )
        lines.append(f'<tr><th scope="row">{who}<span class="quiet">{escape(row["kind"])}</span></th>{cells}</tr>')
    heads = "".join(_head(picture, caption) for picture, caption in pictures.items())
    return (
        f'<input type="checkbox" class="moving" id="{name}" checked><label for="{name}">moving</label>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Moving previews"><table class="films">'
        f'<thead><tr><th scope="col"></th>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    )


def strip(path: Path) -> tuple[str, int, float, int, int]:
    """A film's frames side by side as a data address, with their number, the seconds they last, width and height."""
    film = read(path)
    frames, width, height = film.frames, film.frames.shape[2], film.frames.shape[1]
    if width > MAX_WIDTH:
        width, height = MAX_WIDTH, max(1, round(height * MAX_WIDTH / width))
    seconds = len(frames) / film.fps
    most = MAX_STRIP // width
    if len(frames) > most:  # a long film: fewer frames, the same length
        frames = frames[torch.linspace(0, len(frames) - 1, most).round().long()]
    small = [np.asarray(Image.fromarray(frame).resize((width, height))) for frame in frames.numpy()]
    data = io.BytesIO()
    Image.fromarray(np.concatenate(small, axis=1)).save(data, "WEBP", quality=88, method=4)
    return "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode(), len(small), seconds, width, height


def _head(picture: str, caption: str) -> str:
    """The caption, cut at a word's end; where there is none the picture's name."""
    words = caption or picture.replace("_", " ")
    whole = f"{caption} ({picture})" if caption else picture
    return f'<th scope="col" title="{escape(whole)}">{escape(textwrap.shorten(words, LONGEST, placeholder=" …"))}</th>'


def _cell(path: Path | None, said: str) -> str:
    if path is None:
        return '<td class="quiet">–</td>'
    address, number, seconds, width, height = strip(path)
    style = (
        f"background-image:url({address});background-size:{number * 100}% 100%;aspect-ratio:{width}/{height};"
        f"animation-duration:{seconds:.3f}s;animation-timing-function:steps({max(2, number)},jump-none)"
    )
    return f'<td><div class="film" role="img" aria-label="{escape(said)}" style="{style}"></div></td>'
