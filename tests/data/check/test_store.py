"""A store damaged in one way each."""

import hashlib
import json
from pathlib import Path

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.video import write
from kineograph.data.check.store import is_store, of_store
from kineograph.data.clip_store import ClipStore
from kineograph.data.store_writer import Item, Shape, write_store
from tests.data.check.bad_films import scene


@pytest.fixture
def store(tmp_path) -> Path:
    items = []
    for place in range(4):
        path = write(tmp_path / f"{place}.gif", torch.from_numpy(scene(place, 6)), 12, {})
        items.append(Item(path, path.name, path.name, place % 2, ""))
    folder, meta = tmp_path / "store", {"classes": ["cat", "dog"], "licence": "", "attribution": ""}
    write_store(folder, items, Shape(24, 24, 12.0, (255, 255, 255)), 0.5, meta, {}, 1)
    return folder


def change(store: Path, changes: dict, resign: bool = True) -> None:
    """Other values in the manifest's second line, and a fitting data hash, as one who means harm would write it."""
    rows = [json.loads(line) for line in (store / "manifest.jsonl").read_text().splitlines()]
    rows[1] |= changes
    (store / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    meta = json.loads((store / "meta.json").read_text())
    if resign:
        meta["data_hash"] = hashlib.sha256((store / "manifest.jsonl").read_bytes()).hexdigest()
    (store / "meta.json").write_text(json.dumps(meta))


def test_a_sound_store(store):
    seen, findings = of_store(store)
    assert is_store(store) and not is_store(store.parent)
    assert findings == [] and [film.frames for film in seen] == [6] * 4
    assert {film.label for film in seen} == {"cat", "dog"} and {film.split for film in seen} == {"train", "held_out"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shard": "../shard-00000.u8"}, "leads out of the store"),
        ({"shard": "/etc/passwd"}, "leads out of the store"),
        ({"shard": "shard-00009.u8"}, "cannot be read"),
        ({"frames": 7}, "differ from the manifest"),
        ({"frames": 10**12}, "cut off"),
        ({"frames": -1}, "no positive whole number"),
        ({"offset": "0"}, "no positive whole number"),
        ({"sha256": "0" * 64}, "differ from the manifest"),
        ({"fps": 0}, "absurd rate"),
    ],
)
def test_a_line_that_lies(store, changes, words):
    change(store, changes)
    seen, findings = of_store(store)
    assert len(seen) == 3
    (finding,) = findings
    assert finding.severity == "error" and finding.file == "1.gif" and words in finding.what
    if "leads out" in words:
        with pytest.raises(UserError, match="leads out of the store"):
            ClipStore(store, {}, "prepare")


def test_a_group_in_both_splits_a_shared_key_and_a_changed_manifest(store):
    rows = [json.loads(line) for line in (store / "manifest.jsonl").read_text().splitlines()]
    other = next(row for row in rows if row["split"] != rows[1]["split"])
    change(store, {"group": other["group"], "key": other["key"]}, resign=False)
    said = " ".join(finding.what for finding in of_store(store)[1])
    assert "is in 2 splits" in said and "is given to 2 films" in said and "changed since" in said


def test_a_flipped_bit_and_a_cut_shard(store):
    shard = store / "shard-00000.u8"
    data = bytearray(shard.read_bytes())
    data[10] ^= 1
    shard.write_bytes(data)
    (finding,) = of_store(store)[1]
    assert finding.file == "0.gif" and "sha256" in finding.what
    assert finding.mend == f"delete {store} and prepare it again"  # of the same length: prepare sees nothing to do
    shard.write_bytes(data[:-1])
    assert [(finding.file, finding.mend[:7]) for finding in of_store(store)[1]] == [
        ("0.gif", "delete "),
        ("3.gif", "prepare"),
    ]


def test_broken_meta_and_unfinished(store):
    (store / "manifest.jsonl").write_text("no json\n[]\n")
    assert len(of_store(store)[1]) == 3
    (store / "meta.json").write_text("{}")
    assert "cannot be read" in of_store(store)[1][0].what
    (store / "meta.json").unlink()
    assert "not whole yet" in of_store(store)[1][0].what
