"""The page: protocol, moving previews, scores, curves and commands in one HTML file that needs no network."""

from html import escape
from pathlib import Path
from typing import Any

from kineograph.core.errors import UserError
from kineograph.report.curves import curves as draw_curves
from kineograph.report.previews import previews
from kineograph.report.rows import in_order, number, same_protocol, same_task
from kineograph.report.spans import beneath
from kineograph.report.table import commands, table
from kineograph.report.ties import motion_warnings

STYLE = Path(__file__).with_name("page.css")
SCRIPTED = "; script-src 'unsafe-inline'"  # on the one page that people answer on


def report(rows: list[dict[str, Any]], curves: dict[str, Path], out: Path) -> Path:
    """Writes the page. Raises UserError where rows differ in protocol or the file cannot be written."""
    card = same_protocol(rows)
    same_task(rows)
    rows = in_order(rows)
    films, plots = previews(rows), draw_curves(curves)
    careful = "".join(f'<p class="lead">Careful: {escape(warning)}.</p>' for warning in motion_warnings(rows))
    sections = [section("scores", "Scores", f"{SCORES} {beneath(rows)} {MARKS}", careful + table(rows))]
    if films:
        sections.insert(0, section("films", "The same pictures, animated", FILMS, films))
    if plots:
        sections.append(section("curves", "Training", CURVES, plots))
    sections.append(section("protocol", "Protocol", PROTOCOL, facts(card)))
    sections.append(section("commands", "Commands", COMMANDS, commands(rows)))
    return write_page(f"kineograph: {card.get('name', 'report')}", _summary(rows, card), sections, out)


def write_page(title: str, summary: str, sections: list[str], out: Path, script: str = "") -> Path:
    """One file with its style, and what it does, inside. Raises UserError where it cannot be written."""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        f"style-src 'unsafe-inline'{SCRIPTED if script else ''}\">"
        f"<title>{escape(title)}</title><style>{STYLE.read_text()}</style></head>"
        f"<body><header><h1>kineograph</h1><p>{escape(summary)}</p></header>"
        f"<main>{''.join(sections)}</main>{f'<script>{script}</script>' if script else ''}</body></html>\n"
    )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(html, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror}); choose another place with -o") from error
    return out


SCORES = "Every row was measured on the same held-out pictures, under the same protocol."
MARKS = (
    "Bold: the best of the rows trained here; = marks the rows that lead together, because the interval of their "
    "paired difference covers 0."
)
FILMS = "A column is one still picture that no model has seen; a row is one animator."
CURVES = "Each line is a run, against the number of clips it has seen."
PROTOCOL = "Rows stand in one table only if their cards are equal."
COMMANDS = "What to type for each row."


def _summary(rows: list[dict[str, Any]], card: dict[str, Any]) -> str:
    counts = {kind: sum(row["kind"] == kind for row in rows) for kind in ("trained", "shipped", "reference")}
    parts = [f"{amount} {kind}" for kind, amount in counts.items() if amount]
    size = f"{card.get('width')}\u00a0×\u00a0{card.get('height')}"
    film = f"{card.get('num_frames')} frames of {size} pixels, {number(card.get('fps')):g} a second"
    return f"{', '.join(parts)} animator{'s' if len(rows) > 1 else ''} under one protocol: {film}."


def section(name: str, title: str, words: str, inside: str) -> str:
    return (
        f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{title}</h2>'
        f'<p class="lead">{words}</p>{inside}</section>'
    )


def facts(card: dict[str, Any]) -> str:
    fields = []
    for key, value in card.items():
        text = "; ".join(f"{name} {part}" for name, part in value.items()) if isinstance(value, dict) else str(value)
        fields.append(f"<div><dt>{escape(key.replace('_', ' '))}</dt><dd>{escape(text)}</dd></div>")
    return f'<dl class="card">{"".join(fields)}</dl>'
