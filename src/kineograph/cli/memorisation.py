"""``kineograph evaluate --memorisation``: generated clips that lie nearer to a training clip than held-out ones do."""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor

from kineograph.cli.scoring import FOLDER, Scoring
from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.core.run import write_atomic
from kineograph.core.types import Clip, Video
from kineograph.core.video import to_uint8, write
from kineograph.data.films import HELD_OUT, TRAIN
from kineograph.metrics.levels import to_levels
from kineograph.metrics.nearest_clip import Nearest, closer, nearest
from kineograph.report.memorisation_page import memorisation_page
from kineograph.report.table import figure

QUANTILE = 0.05  # of the held-out clips' distances: nearer than this is suspicious
NUM_RESAMPLES = 1000
METRIC = "clip_distance"
REAL = "held_out"
GREY = 127.5


def measure(settings: Any, models: list, data: dict, protocol: dict, device: str) -> int:
    """Writes OUT/memorisation.html and .json: the shares, and the closest pairs of each animator."""
    through = next((name for name in settings.metrics if name.startswith(METRIC)), None)
    if through is None:
        raise UserError("--memorisation looks through the network of the clip distance: metrics=[clip_distance]")
    settings = settings.copy()
    metric = settings.metrics[through].copy()
    metric.extractor = metric.extractor.get("look", metric.extractor)  # a copy looks like what it was copied from
    settings.real, settings.metrics = False, {METRIC: metric}
    scoring = Scoring(settings=settings, data=data, protocol=build(protocol), device=device)
    if scoring.protocol.split != HELD_OUT:
        raise UserError(
            f"protocol '{scoring.protocol.name}' evaluates on the {scoring.protocol.split} split, whose clips are the "
            "training clips themselves; choose one that holds out, as metrics/protocol=kineograph"
        )
    clip = Clip(*(torch.cat(fields) for fields in zip(*scoring.clips, strict=True)))
    films = {REAL: clip.video}
    for known, animates, _ in scoring.jobs(models):
        print(f"evaluate --memorisation: {known['name']} on {scoring.count} clips", file=sys.stderr, flush=True)
        films[known["name"]] = torch.cat([scoring.film(animates, part) for part in scoring.clips])
    if len(films) == 1:
        raise UserError("--memorisation wants an animator: run=RUN, shipped=gan or references=[nearest]")
    found, train = _to_training(scoring, films)
    rows = []
    for name in list(films)[1:]:
        for by, distances in found.items():
            held_out, mine = distances[REAL].distance, distances[name].distance
            share = closer(mine, held_out, clip.group, QUANTILE, NUM_RESAMPLES, scoring.protocol.seed)
            row = {"name": name, "by": by, **share._asdict(), "caught": share.low > QUANTILE}
            rows.append(row | {"median": float(mine.median()), "held_out_median": float(held_out.median())})
    out = Path(settings.out or FOLDER)
    pairs = {name: _closest(scoring, films, found["features"], name, clip, train, out) for name in list(films)[1:]}
    whole = {"protocol": scoring.protocol.card, "quantile": QUANTILE, "num_training_clips": len(train.windows)}
    page = memorisation_page(rows, pairs, whole, out / "memorisation.html")
    write_atomic(out / "memorisation.json", json.dumps(whole | {"rows": rows}, indent=1))
    _print(rows, len(train.windows))
    print(f"evaluate: {page}, {out / 'memorisation.json'}", file=sys.stderr)
    return 0


def _to_training(scoring: Scoring, films: dict[str, Video]) -> tuple[dict[str, dict[str, Nearest]], Any]:
    """By features and by pixels: each film's nearest training clip; and the training clips, one pass over them."""
    extractor, asked = scoring.metrics[METRIC].extractor, scoring.asked
    size = scoring.settings.batch_size
    train = scoring.data.evaluation_clips(
        size, split=TRAIN, offset="spread", seed=asked.seed, speed=asked.speed, num_clips=None
    )
    features: list[Tensor] = []

    def pixels() -> Any:
        with torch.no_grad(), extractor.learning():  # they are real clips: kept for the next time
            for clip in scoring.read(train):
                features.append(extractor(clip.video).flatten(1))
                yield to_levels(clip.video).flatten(1) - GREY

    by_pixels = nearest(torch.cat([to_levels(video).flatten(1) - GREY for video in films.values()]), pixels())
    others = torch.cat(features).double()
    with torch.no_grad():
        mine = [torch.cat([extractor(part).flatten(1) for part in video.split(size)]) for video in films.values()]
    mean, spread = others.mean(dim=0), others.std(dim=0, correction=0).clamp(min=1e-6)
    by_features = nearest((torch.cat(mine).double() - mean) / spread, ((others - mean) / spread).split(size))
    found = {"features": by_features, "pixels": by_pixels}
    return {by: dict(zip(films, _parted(all_, scoring.count), strict=True)) for by, all_ in found.items()}, train


def _parted(found: Nearest, count: int) -> list[Nearest]:
    """Of the films one below the other: those of each animator."""
    return [Nearest(*parts) for parts in zip(*(field.split(count) for field in found), strict=True)]


def _closest(
    scoring: Scoring,
    films: dict[str, Video],
    found: dict[str, Nearest],
    name: str,
    clip: Clip,
    train: Any,
    out: Path,
) -> list[dict[str, Any]]:
    """The animator's films that lie nearest to a training clip, as files: generated, its neighbour, the real clip."""
    near = found[name]
    order = near.distance.argsort()[: scoring.settings.previews].tolist()
    neighbours = train.reader.read([train.windows[near.place[place]] for place in order]).video if order else []
    entries = []
    for place, neighbour in zip(order, neighbours, strict=True):
        key = int(clip.key[place])
        shown = {"generated": films[name][place], "nearest": neighbour, "real": clip.video[place]}
        files = {
            kind: write(
                out / "memorisation" / f"{name}_{key}_{kind}.webp", to_uint8(film), scoring.protocol.fps or 1.0, {}
            )
            for kind, film in shown.items()
        }
        caption = scoring.caption(key)
        entries.append({"key": key, "caption": caption, "distance": float(near.distance[place]), "files": files})
    return entries


def _print(rows: list[dict], num_training: int) -> None:
    table = Table("animator", "by", "closer", "95 %", "median", "held out", title=f"nearest of {num_training} clips")
    for row in rows:
        share = f"{row['value']:.1%}" + (" !" if row["caught"] else "")
        medians = figure(row["median"]), figure(row["held_out_median"])
        table.add_row(row["name"], row["by"], share, f"{row['low']:.1%} to {row['high']:.1%}", *medians)
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    console.print(f"About {QUANTILE:.0%} are expected; ! marks an interval above that.")
