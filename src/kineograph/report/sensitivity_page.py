"""The sensitivity matrix as a heat map: which metric sees which damage, and which are blind; page, picture, table."""

import csv
import io
import json
import math
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from kineograph.core.run import write_atomic
from kineograph.metrics.sensitivity import SEEN, Reading
from kineograph.report.page import facts, section, write_page
from kineograph.report.table import figure

RISES, FALLS, BLIND = (196, 78, 60), (47, 95, 167), (238, 236, 230)  # colours of a strong effect, and of none
STRONGEST = 40.0  # standard errors: colours end here
ORDER = ("motion", "look", "variety")
CELL, LEFT, TOP = 15, 190, 120  # pixels of the picture

MATRIX = (
    "A row is a damage to real clips at rising strength (left to right inside a cell), a column is a metric. Red: the "
    f"damage raises the metric; blue: it lowers it; grey: blind, the change is below {SEEN:g} standard errors. "
    "Point at a cell for the numbers."
)
BLINDNESS = "The damages of motion that a metric does not see at any strength."
SCORES = "The undamaged clips, with the standard error over parts of the data."
PROTOCOL = "What was damaged and how it was measured."


def sensitivity_page(readings: list[Reading], skipped: dict[str, str], card: dict[str, Any], out: Path) -> list[Path]:
    """Writes OUT/sensitivity.html, .png, .csv and .json. Raises UserError where a file cannot be written."""
    metrics = list(dict.fromkeys(reading.metric for reading in readings))
    sections = [
        section("matrix", "What sees what", MATRIX, _table(readings, metrics)),
        section("blind", "Blind spots", BLINDNESS, _blind(readings, metrics)),
        section("real", "Undamaged", SCORES, facts(_real(readings))),
    ]
    if skipped:
        words = "Metrics that need a file which is not here, or have no value on these clips."
        sections.append(section("skipped", "Not measured", words, facts(skipped)))
    sections.append(section("protocol", "Protocol", PROTOCOL, facts(card)))
    damages = len({reading.damage for reading in readings})
    summary = f"{len(metrics)} metrics on {damages} controlled damages of {card.get('num_real')} real clips."
    page = write_page("kineograph: sensitivity of the metrics", summary, sections, out / "sensitivity.html")
    rows = [{**reading._asdict(), "effect": reading.effect, "sign": reading.sign} for reading in readings]
    finite = [{k: v if not isinstance(v, float) or math.isfinite(v) else None for k, v in row.items()} for row in rows]
    whole = {"protocol": card, "skipped": skipped, "readings": finite}
    write_atomic(out / "sensitivity.json", json.dumps(whole, indent=1))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(out / "sensitivity.csv", text.getvalue())
    heat_map(readings, out / "sensitivity.png")
    return [page, *(out / f"sensitivity.{kind}" for kind in ("png", "csv", "json"))]


def colour(reading: Reading) -> tuple[int, int, int]:
    """Grey where nothing is seen, then fuller with the logarithm of the effect."""
    if reading.sign == 0:
        return BLIND
    fullness = math.log(min(abs(reading.effect), STRONGEST) / SEEN) / math.log(STRONGEST / SEEN)
    end = RISES if reading.sign > 0 else FALLS
    part = 0.35 + 0.65 * fullness
    red, green, blue = (round(near + (far - near) * part) for near, far in zip(BLIND, end, strict=True))
    return red, green, blue


def heat_map(readings: list[Reading], path: Path) -> None:
    """The matrix as a picture."""
    metrics = list(dict.fromkeys(reading.metric for reading in readings))
    rows = _rows(readings)
    steps = max(len(cell) for _, _, cells in rows for cell in cells.values())
    wide = steps * CELL + 4
    size = LEFT + wide * len(metrics) + 10, TOP + (CELL + 5) * len(rows) + 10
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for column, metric in enumerate(metrics):
        words = Image.new("RGB", (TOP - 10, CELL), "white")
        ImageDraw.Draw(words).text((0, 2), metric[:22], fill="black")
        turned = words.rotate(90, expand=True)
        sheet.paste(turned, (LEFT + column * wide + wide // 2 - CELL // 2, 4))
    for line, (damage, harms, cells) in enumerate(rows):
        top = TOP + line * (CELL + 5)
        draw.text((6, top + 1), f"{damage} ({harms})", fill="black")
        for column, metric in enumerate(metrics):
            for step, reading in enumerate(cells.get(metric, [])):
                left = LEFT + column * wide + step * CELL
                draw.rectangle((left, top, left + CELL - 1, top + CELL - 1), fill=colour(reading))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


def _rows(readings: list[Reading]) -> list[tuple[str, str, dict[str, list[Reading]]]]:
    """Damage, what it harms, and its readings by metric at rising strength; damages of motion first."""
    names = dict.fromkeys((reading.damage, reading.harms) for reading in readings)
    rows = []
    for damage, harms in sorted(names, key=lambda name: ORDER.index(name[1])):
        cells: dict[str, list[Reading]] = {}
        for reading in readings:
            if reading.damage == damage:
                cells.setdefault(reading.metric, []).append(reading)
        rows.append((damage, harms, cells))
    return rows


def _table(readings: list[Reading], metrics: list[str]) -> str:
    heads = "".join(f'<th scope="col">{escape(metric)}</th>' for metric in metrics)
    body = []
    for harms, rows in groupby(_rows(readings), key=lambda row: row[1]):
        body.append(f'<tr class="group"><th colspan="{len(metrics) + 1}" scope="colgroup">Harms the {harms}</th></tr>')
        for damage, _, cells in rows:
            boxes = "".join(f'<td class="heat">{"".join(map(_box, cells.get(metric, [])))}</td>' for metric in metrics)
            body.append(f'<tr><th scope="row">{escape(damage.replace("_", " "))}</th>{boxes}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Sensitivity"><table>'
        f'<thead><tr><th scope="col">damage</th>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'
    )


def _box(reading: Reading) -> str:
    effect = "∞" if math.isinf(reading.effect) else "–" if math.isnan(reading.effect) else f"{reading.effect:.1f}"
    told = (
        f"{reading.metric}, {reading.damage} {reading.strength:g}: {figure(reading.value)} "
        f"instead of {figure(reading.real)}, {effect} standard errors"
    )
    sign = {1: "+", -1: "−", 0: "·"}[reading.sign]
    red, green, blue = colour(reading)
    return f'<span title="{escape(told)}" style="background:rgb({red},{green},{blue})">{sign}</span>'


def _blind(readings: list[Reading], metrics: list[str]) -> str:
    spots = {}
    for metric in metrics:
        mine = [reading for reading in readings if reading.metric == metric and reading.harms == "motion"]
        unseen = [name for name in dict.fromkeys(r.damage for r in mine) if not _sees(mine, name)]
        spots[metric] = ", ".join(unseen).replace("_", " ") or "none"
    return facts(spots)


def _sees(readings: list[Reading], damage: str) -> bool:
    return any(reading.sign for reading in readings if reading.damage == damage)


def _real(readings: list[Reading]) -> dict[str, str]:
    return {r.metric: f"{figure(r.real)} ± {figure(r.real_error)}" for r in readings}
