"""The check of a prepared store: every film held against its sha256, its length and its place in the manifest."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kineograph.data.check.film_findings import frozen, single
from kineograph.data.check.finding import ERROR, WARNING, Finding, Seen, with_few_pictures
from kineograph.data.check.look import watch
from kineograph.data.check.set_findings import of_set
from kineograph.data.clip_store import manifest_lines

REDO = "prepare the store again"
COUNTS = ("frames", "height", "width", "offset")


def is_store(folder: Path) -> bool:
    """Whether ``prepare`` wrote this folder, whole or in part."""
    return (folder / "plan.sha256").is_file() or (folder / "manifest.jsonl").is_file()


def of_store(folder: Path) -> tuple[list[Seen], list[Finding]]:
    """What is seen of each film of the store, and all that is wrong."""
    try:
        meta = json.loads((folder / "meta.json").read_text())
        manifest = (folder / "manifest.jsonl").read_bytes()
        classes, data_hash = list(meta["classes"]), meta["data_hash"]
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        return [], [Finding(ERROR, missing, "missing: the store is not whole yet", "run prepare again; it goes on")]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [], [Finding(ERROR, "meta.json", f"cannot be read ({error})", REDO)]
    findings = [
        Finding(WARNING, line.split(": ", 1)[0], f"skipped by prepare: {line.split(': ', 1)[-1]}", "see to that file")
        for line in meta.get("skipped", [])
    ]
    findings += [Finding(WARNING, part.name, "left over by a killed prepare", REDO) for part in folder.glob("*.part")]
    if hashlib.sha256(manifest).hexdigest() != data_hash:
        findings.append(Finding(ERROR, "manifest.jsonl", "changed since it was prepared", REDO))
    keys: Counter[int] = Counter()
    anew = f"delete {folder} and prepare it again"  # where prepare would find nothing to do

    def films() -> Iterator[Seen]:
        for number, line in enumerate(manifest_lines(manifest), start=1):
            try:
                row = json.loads(line)
                wrong, mend = unfit(row), anew
                name, shard = str(row["source"]), str(row["shard"])
                keys[row["key"]] += 1
            except (ValueError, KeyError, TypeError) as error:
                what = f"not a line of a manifest ({error!r})"
                findings.append(Finding(ERROR, f"manifest.jsonl:{number}", what, anew))
                continue
            if not wrong:
                wrong, mend = _harm(folder / shard, row), REDO
            if not wrong:
                (film, wrong), mend = _film(folder / shard, row, name), anew
            if wrong:
                findings.append(Finding(ERROR, name, wrong, mend))
                continue
            label = row["label"]
            known = classes[label] if isinstance(label, int) and 0 <= label < len(classes) else ""
            yield film._replace(fps=row["fps"], split=row["split"], group=row["group"], label=known)

    seen = with_few_pictures(films())
    findings += [
        Finding(ERROR, "manifest.jsonl", f"key {key} is given to {count} films", anew)
        for key, count in keys.items()
        if count > 1
    ]
    for film in seen:
        findings += [*single(film), *frozen(film)]
    return seen, findings + of_set(seen, str(folder))


def unfit(row: dict) -> str:
    """What forbids to read this line's film; empty where nothing does."""
    if Path(row["shard"]).name != row["shard"]:
        return f"refused: shard '{row['shard']}' leads out of the store"
    if not all(isinstance(row[name], int) and row[name] >= (name != "offset") for name in COUNTS):
        return "its frames, height, width or offset is no positive whole number"
    if not 0 < row["fps"] <= 1000:
        return f"absurd rate: {row['fps']} frames a second"
    return ""


def _length(row: dict) -> int:
    """Of a film, in bytes."""
    return row["frames"] * row["height"] * row["width"] * row.get("channels", 3)


def _harm(shard: Path, row: dict) -> str:
    """What forbids to read the shard up to this film's end; prepare notices it too."""
    try:
        if row["offset"] + _length(row) > shard.stat().st_size:
            return f"{shard.name} is cut off: the film's {row['frames']} frames are not all there"
    except OSError as error:
        return f"{shard.name} cannot be read ({error.strerror or error})"
    return ""


def _film(shard: Path, row: dict, name: str) -> tuple[Seen, str]:
    """What is seen of it, and what is wrong with its bytes."""
    channels = row.get("channels", 3)
    shape = (row["frames"], row["height"], row["width"], channels)
    try:
        frames = np.memmap(shard, dtype=np.uint8, mode="r", offset=row["offset"], shape=shape)
    except OSError as error:
        return Seen(name), f"{shard.name} cannot be read ({error.strerror or error})"
    if hashlib.sha256(frames).hexdigest() != row["sha256"]:
        return Seen(name), "its frames differ from the manifest (sha256): damaged since it was prepared"
    coloured = (np.repeat(frame, 3, axis=2) if channels == 1 else np.asarray(frame) for frame in frames)
    return watch(((place / row["fps"], frame) for place, frame in enumerate(coloured)), name, lambda: None), ""
