"""``kineograph evaluate --ab``: a blind two-choice page of two animators, and the win rate of the votes on it."""

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from kineograph.cli.scoring import FOLDER, Scoring
from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.core.run import write_atomic
from kineograph.core.types import Clip, Frames
from kineograph.core.video import to_uint8
from kineograph.report.ab_page import ab_page
from kineograph.report.votes import key_name, read_votes, tally

ID_DIGITS = 12


def write(settings: Any, models: list, data: dict, protocol: dict, device: str) -> int:
    """The page and, in a file of its own, its key: what stands on which side."""
    settings = settings.copy()
    settings.real, settings.metrics = False, {}
    wanted = replace(build(protocol), extractors={})  # people look at films, not at features
    scoring = Scoring(settings=settings, data=data, protocol=wanted, device=device)
    jobs = [(known, animates) for known, animates, _ in scoring.jobs(models)]
    if len(jobs) != 2 and not (len(jobs) == 1 and settings.pairs_with_real):
        raise UserError(
            f"--ab sets two animators against each other, and {len(jobs)} were given; write run=[A,B], or one run "
            "and pairs_with_real=N"
        )
    clip = Clip(*(torch.cat(fields) for fields in zip(*scoring.clips, strict=True)))
    names = [known["name"] for known, _ in jobs]
    against = _against(names, settings.pairs, settings.pairs_with_real, scoring.count)
    order = np.random.default_rng(scoring.protocol.seed)
    swapped = order.permutation(np.arange(len(against)) % 2).tolist()  # each side as often
    entries = []
    for place in order.permutation(len(against)).tolist():
        number, *sides = against[place]
        left, right = reversed(sides) if swapped[place] else sides
        facts = {"clip": int(clip.key[number]), "group": int(clip.group[number]), "left": left, "right": right}
        entries.append((number, facts))
    key = {
        "animators": {known["name"]: known.get("weights") for known, _ in jobs},
        "protocol": scoring.protocol.card,
        "pairs": [facts for _, facts in entries],
    }
    page = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:ID_DIGITS]
    films = {
        (name, number): film
        for name, animates in [*((known["name"], animates) for known, animates in jobs), ("real", None)]
        for number, film in _films(scoring, animates, clip, [n for n, f in entries if name in f.values()]).items()
    }
    pairs = [(films[facts["left"], number], films[facts["right"], number]) for number, facts in entries]
    folder = Path(settings.out or FOLDER)
    path = ab_page(page, pairs, scoring.protocol.fps or 1.0, folder / f"ab-{page}.html")
    write_atomic(folder / key_name(page), json.dumps({"page": page, **key}, indent=1))
    print(path)
    print(f"evaluate: the key to its sides is {folder / key_name(page)}; keep it from the judges", file=sys.stderr)
    return 0


def count(settings: Any) -> int:
    """Prints, and writes beside the key, how often each was chosen."""
    folder = Path(settings.out or FOLDER)
    key, judged = read_votes([Path(path) for path in settings.votes], folder)
    rows = tally(key, judged, settings.ties)
    table = Table("chosen", "against", "win rate", "95 %", "votes", "ties", "pictures", "judges", "left side")
    for row in rows:
        told = row.get("value") is not None
        table.add_row(
            row["one"],
            row["other"],
            f"{row['value']:.1%}" if told else "–",
            f"{row['low']:.1%} to {row['high']:.1%}" if told else "–",
            *(str(row[name]) for name in ("votes", "ties", "pictures", "judges")),
            "–" if row["left"] is None else f"{row['left']:.0%}",
        )
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    out = folder / f"ab-{key['page']}.result.json"
    write_atomic(out, json.dumps({"ties": settings.ties, "rows": rows}, indent=1))
    print(f"evaluate: {out}", file=sys.stderr)
    return 0


def _against(names: list[str], pairs: int, with_real: int, count: int) -> list[tuple[int, str, str]]:
    """Place of the clip, and who animates it on either side; pictures come round again when there are too few."""
    if len(names) == 1:
        pairs = 0
    pairs = min(pairs, count)
    models = [(place, names[0], names[-1]) for place in range(pairs)]
    return models + [((pairs + place) % count, names[place % len(names)], "real") for place in range(with_real)]


def _films(scoring: Scoring, animates: Any, clip: Clip, places: list[int]) -> dict[int, Frames]:
    """The films of these clips, as bytes."""
    made: dict[int, Frames] = {}
    size = scoring.settings.batch_size
    for start in range(0, len(places), size):
        batch = places[start : start + size]
        video = scoring.film(animates, Clip(*(field[batch] for field in clip)))
        made |= {place: to_uint8(film) for place, film in zip(batch, video, strict=True)}
    return made
