"""The page of what lies nearest to the training clips: shares, and the closest pairs, moving."""

from html import escape
from pathlib import Path
from typing import Any

from kineograph.report.page import facts, section, write_page
from kineograph.report.previews import previews
from kineograph.report.table import figure

KINDS = {"generated": "generated", "nearest": "nearest training clip", "real": "real clip of this picture"}
WORDS = (
    "The share of generated clips that lie nearer to a training clip than {quantile:.0%} of the held-out real clips "
    "do: about {quantile:.0%} where nothing is remembered. Bold: the interval lies above that. Distances are root mean "
    "squares: of features in units of their spread over the training clips, of pixels in 8-bit levels."
)
PAIRS = "The generated clips nearest to a training clip, by features; whether they are copies is for the eye to say."
HEADS = ("animator", "by", "share closer", "median distance", "held-out median", "threshold")


def memorisation_page(
    rows: list[dict[str, Any]], pairs: dict[str, list[dict[str, Any]]], facts_: dict[str, Any], out: Path
) -> Path:
    """Writes the page. Raises UserError where it cannot be written."""
    sections = [section("shares", "How near", WORDS.format(quantile=facts_["quantile"]), _table(rows))]
    for place, (name, found) in enumerate(pairs.items()):
        if found:
            grid = previews(_rows(found), f"moving-{place}")
            sections.append(section(f"pairs-{place}", f"{escape(name)}: closest pairs", PAIRS, grid))
    sections.append(section("protocol", "Protocol", "What was compared.", facts(facts_["protocol"])))
    shown = f"{len(pairs)} animator{'s' if len(pairs) > 1 else ''}"
    summary = f"{shown} beside held-out clips, against {facts_['num_training_clips']} training clips."
    return write_page("kineograph: nearest training clips", summary, sections, out)


def _rows(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the report's previews want them: a line a kind, a column a clip."""
    return [
        {
            "name": words,
            "kind": "",
            "previews": [
                {
                    "picture": str(entry["key"]),
                    "caption": f"{figure(entry['distance'])} · {entry['caption']}",
                    "film": entry["files"][kind],
                }
                for entry in found
            ],
        }
        for kind, words in KINDS.items()
    ]


def _table(rows: list[dict[str, Any]]) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    body = []
    for row in rows:
        share = f"{row['value']:.1%}"
        share = f"<strong>{share}</strong>" if row["caught"] else share
        cells = [
            escape(row["by"]),
            f'{share}<span class="span">{row["low"]:.1%} to {row["high"]:.1%}</span>',
            *(figure(row[name]) for name in ("median", "held_out_median", "threshold")),
        ]
        inside = "".join(f"<td>{cell}</td>" for cell in cells)
        body.append(f'<tr><th scope="row">{escape(row["name"])}</th>{inside}</tr>')
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Shares"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )
