"""What of a store is damaged so that it shows without hashing its frames: ``prepare`` makes just that anew."""

import hashlib
import json
from pathlib import Path

from kineograph.core.errors import UserError
from kineograph.core.run import read_json
from kineograph.data.store_lock import locked


def damaged(folder: Path) -> list[Path]:
    """Files that must go, in this order, before prepare goes on: meta.json, and the lists of shards that are not whole.

    A shard is whole where it is as long as its list says; the rest is where meta.json fits the manifest and the lists.
    """
    lists, films = [], 0
    for path in sorted(folder.glob("shard-*.jsonl")):
        try:
            rows = [row for row in map(json.loads, path.read_text().splitlines()) if "bad" not in row]
            length = sum(row["frames"] * row["height"] * row["width"] * row.get("channels", 3) for row in rows)
            whole = path.with_suffix(".u8").stat().st_size == length
        except (OSError, ValueError, KeyError, TypeError):
            whole = False
        if whole:
            films += len(rows)
        else:
            lists.append(path)
    meta_file = folder / "meta.json"
    if not meta_file.is_file():
        return lists
    try:
        meta = read_json(meta_file)
        manifest = hashlib.sha256((folder / "manifest.jsonl").read_bytes()).hexdigest()
        sound = not lists and (meta["films"], meta["data_hash"]) == (films, manifest)
    except (UserError, OSError, KeyError):
        sound = False
    return lists if sound else [meta_file, *lists]


def forget_damaged(folder: Path) -> None:
    """Deletes what is damaged, while nobody else prepares this store. Raises UserError where somebody does."""
    if damaged(folder):
        with locked(folder):
            for path in damaged(folder):
                path.unlink()
