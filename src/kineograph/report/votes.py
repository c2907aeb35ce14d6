"""Votes on a blind two-choice page: read from the files that judges saved, and counted with the page's key."""

import json
from pathlib import Path
from typing import Any

from kineograph.core.errors import UserError
from kineograph.core.run import read_json
from kineograph.report.win_rate import wilson, win_rate

CHOICES = ("left", "right", "tie")
TIES = ("half", "left_out")


def read_votes(files: list[Path], folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The key of the one page that these votes are on, and one entry a judge. Raises UserError."""
    found = [_read(path) for path in files]
    pages = sorted({votes["page"] for votes in found})
    if len(pages) > 1:
        raise UserError(f"the votes are on {len(pages)} pages ({', '.join(pages)}); count each page by itself")
    judges = [votes["judge"] for votes in found]
    if twice := {judge for judge in judges if judges.count(judge) > 1}:
        raise UserError(f"two files hold the votes of judge {min(twice)}; give the later one")
    path = folder / key_name(pages[0])
    key = read_json(path)
    if not key:
        raise UserError(f"the key of page {pages[0]} is not there: '{path}'; set out=DIR, where the page was written")
    for votes, file in zip(found, files, strict=True):
        if len(votes["choices"]) != len(key["pairs"]):
            raise UserError(f"{file}: holds {len(votes['choices'])} choices, the page has {len(key['pairs'])} pairs")
    return key, found


def key_name(page: str) -> str:
    return f"ab-{page}.key.json"


def tally(key: dict[str, Any], judged: list[dict[str, Any]], ties: str) -> list[dict[str, Any]]:
    """One entry for each two that were set against each other: how often the first was chosen, with its interval.

    Raises UserError where nothing was chosen.
    """
    if ties not in TIES:
        raise UserError(f"ties is '{ties}'; choose {' or '.join(TIES)}")
    order = [*key["animators"], "real"]
    against: dict[tuple[str, ...], list[tuple[str, dict[str, Any], str]]] = {}
    for votes in judged:
        for pair, choice in zip(key["pairs"], votes["choices"], strict=True):
            if choice is not None:
                names = tuple(name for name in order if name in (pair["left"], pair["right"]))
                against.setdefault(names, []).append((choice, pair, votes["judge"]))
    if not against:
        raise UserError("no vote is in these files: nothing was chosen before they were saved")
    rows = []
    for (one, other), cast in against.items():
        decided = [(choice, pair) for choice, pair, _ in cast if choice != "tie"]
        counted = decided if ties == "left_out" else [(choice, pair) for choice, pair, _ in cast]
        scores = [0.5 if choice == "tie" else float(pair[choice] == one) for choice, pair in counted]
        lefts = sum(choice == "left" for choice, _ in decided)
        rows.append(
            {
                "one": one,
                "other": other,
                **(win_rate(scores, [pair["group"] for _, pair in counted])._asdict() if counted else {}),
                "votes": len(cast),
                "ties": len(cast) - len(decided),
                "pictures": len({pair["group"] for _, pair, _ in cast}),
                "judges": len({judge for _, _, judge in cast}),
                "left": lefts / len(decided) if decided else None,  # far from a half: a habit, not a judgement
                "left_interval": wilson(lefts / len(decided), len(decided)) if decided else None,
            }
        )
    return rows


def _read(path: Path) -> dict[str, Any]:
    try:
        votes = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as votes ({error})") from error
    whole = isinstance(votes, dict) and {"page", "judge", "choices"} <= votes.keys()
    if not whole or not isinstance(votes["choices"], list) or {*votes["choices"]} - {*CHOICES, None}:
        raise UserError(f"{path}: not the votes of a page of kineograph evaluate --ab")
    return votes
