"""A page about films: how many, how long, how large, how much they move, what is wrong, and a contact sheet."""

import base64
import io
from collections import Counter
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from kineograph.data.check.finding import Finding, Seen
from kineograph.report.page import facts, section, write_page

SHOWN = 60  # films on the contact sheet
LISTED = 500  # findings on the page
NUMBERS = "The middle value, and the smallest and largest, over all films that could be read."
SHEET = "First, middle and last frame of films spread evenly over the set."
FINDINGS = "Errors must not be trained on; a warning asks whether it is meant so."


def data_page(name: str, films: list[Seen], findings: list[Finding], out: Path) -> Path:
    """Writes the page. Raises UserError where the file cannot be written."""
    errors = sum(finding.severity == "error" for finding in findings)
    summary = f"{name}: {len(films)} films, {errors} errors, {len(findings) - errors} warnings."
    sections = [section("numbers", "Numbers", NUMBERS, facts(numbers(films)))]
    if findings:
        sections.append(section("findings", "Findings", FINDINGS, _table(findings)))
    if any(film.pictures for film in films):
        sections.append(section("sheet", "Contact sheet", SHEET, _sheet(films)))
    return write_page(f"kineograph data: {name}", summary, sections, out)


def numbers(films: list[Seen]) -> dict[str, str]:
    """Statistics in words, by name."""
    whole = [film for film in films if film.frames]
    told = {"films": f"{len(films)}, of which {len(whole)} could be read", "frames": _spread(whole, "frames", "")}
    told |= {"length": _spread(whole, "duration", " s"), "rate": _spread(whole, "fps", " frames a second")}
    told["motion"] = _spread(whole, "motion", " levels of 255 between frames")
    counted = {
        "sizes": [f"{film.sizes[0][1]}x{film.sizes[0][0]}" for film in whole],
        "kinds": [film.container for film in whole],
        "splits": [film.split for film in whole],
        "classes": [film.label for film in whole],
    }
    for name, values in counted.items():
        if any(values):
            common = Counter(values).most_common(12)
            more = len(set(values)) - len(common)
            words = ", ".join(f"{value or 'none'} ({count})" for value, count in common)
            told[name] = words + (f" and {more} more" if more else "")
    groups = {film.group for film in whole if film.group}
    return told | ({"groups": str(len(groups))} if groups else {})


def _spread(films: list[Seen], field: str, unit: str) -> str:
    values = [getattr(film, field) for film in films] or [0]
    return f"{np.median(values):.4g} ({min(values):.4g} to {max(values):.4g}){unit}"


def _table(findings: list[Finding]) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("file", "", "what", "how to mend"))
    rows = [
        f'<tr><th scope="row">{_text(finding.file)}</th><td>{finding.severity}</td>'
        f"<td>{_text(finding.what)}</td><td>{_text(finding.mend)}</td></tr>"
        for finding in findings[:LISTED]
    ]
    more = f'<p class="quiet">and {len(findings) - LISTED} more</p>' if len(findings) > LISTED else ""
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Findings"><table class="words">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>{more}"
    )


def _sheet(films: list[Seen]) -> str:
    whole = [film for film in films if film.pictures]
    places = np.unique(np.linspace(0, len(whole) - 1, min(SHOWN, len(whole))).round().astype(int))
    cells = []
    for film in (whole[place] for place in places):
        words = _text(film.name)
        under = " · ".join(filter(None, (_text(film.label), f"{film.frames} frames", f"{film.duration:.1f} s")))
        cells.append(f'<figure><img src="{_address(film)}" alt="{words}"><figcaption>{words}<br>{under}</figcaption>')
        cells.append("</figure>")
    return f'<div class="sheet">{"".join(cells)}</div>'


def _address(film: Seen) -> str:
    """The pictures side by side as a data address."""
    height = max(picture.shape[0] for picture in film.pictures)
    bands = [np.pad(p, ((0, height - p.shape[0]), (0, 0), (0, 0)), constant_values=255) for p in film.pictures]
    data = io.BytesIO()
    Image.fromarray(np.concatenate(bands, axis=1)).save(data, "WEBP", quality=85)
    return "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode()


def _text(words: str) -> str:
    """Fit for the page, whatever bytes a file's name has."""
    return escape(words.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
