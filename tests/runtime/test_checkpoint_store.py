import os
import pickle
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.runtime import checkpoint_store as module
from kineograph.runtime.checkpoint_store import CheckpointStore, read_checkpoint, require_plain, sha256, sidecar


class Malicious:
    def __init__(self, canary: Path):
        self.canary = canary

    def __reduce__(self):
        return os.system, (f"touch '{self.canary}'",)


def store(folder: Path, *images: int) -> CheckpointStore:
    kept = CheckpointStore(folder=str(folder), keep=2)
    for number in images:
        kept.save({"x": torch.full((3,), float(number))}, number)
    return kept


def test_the_newest_comes_back_and_old_ones_go(tmp_path):
    kept = store(tmp_path, 5, 100, 20)
    assert kept.latest()["x"].tolist() == [100.0] * 3
    kept.save({"x": torch.zeros(1)}, 200)
    assert [path.name for path in kept.paths()] == ["images-000000000200.ckpt", "images-000000000100.ckpt"]
    assert len(list(tmp_path.iterdir())) == 4


def test_what_a_killed_process_was_writing_goes(tmp_path):
    (tmp_path / ".images-000000000001.ckpt.4711.tmp").write_bytes(bytes(100))
    assert store(tmp_path, 1).latest() is not None
    assert len(list(tmp_path.iterdir())) == 2


def test_nothing_written_yet(tmp_path):
    assert CheckpointStore(folder=str(tmp_path / "none"), keep=2).latest() is None


@pytest.mark.parametrize("damage", ["truncate", "empty", "flip", "no sidecar"])
def test_a_damaged_one_is_skipped_loudly(tmp_path, damage):
    kept = store(tmp_path, 1, 2)
    newest = kept.paths()[0]
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "no sidecar":
        sidecar(newest).unlink()
    else:
        newest.write_bytes({"truncate": content[:50], "empty": b"", "flip": bytes(content)}[damage])
    with pytest.warns(UserWarning, match="is damaged"):
        assert kept.latest()["x"][0] == 1
    kept.paths()[1].write_bytes(b"")
    with pytest.raises(UserError, match="every checkpoint"), pytest.warns(UserWarning, match="is damaged"):
        kept.latest()


def test_a_pickle_that_runs_code_is_refused(tmp_path):
    canary = tmp_path / "canary"
    path = tmp_path / "images-000000000009.ckpt"
    for save in (
        lambda: torch.save({"x": Malicious(canary)}, path),
        lambda: path.write_bytes(pickle.dumps(Malicious(canary), 2)),
    ):
        save()
        sidecar(path).write_text(sha256(path))
        with pytest.raises(UserError, match="refused|not a checkpoint"):
            CheckpointStore(folder=str(tmp_path), keep=2).latest()
        with pytest.raises(UserError, match="refused|not a checkpoint"):
            read_checkpoint(path)
    assert not canary.exists()


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_full_disk_leaves_the_earlier_checkpoint(tmp_path, monkeypatch, where):
    kept = store(tmp_path, 1)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, where, full)
    with pytest.raises(UserError, match="earlier checkpoints are untouched"):
        kept.save({"x": torch.zeros(1)}, 2)
    monkeypatch.undo()
    assert kept.latest()["x"][0] == 1
    assert not list(tmp_path.glob(".*.ckpt*.tmp"))


def test_tensors_and_primitives_only():
    require_plain({"a": [1, 2.0, "x", None, True, (torch.zeros(1),)], 3: b""})
    with pytest.raises(TypeError, match=r"checkpoint.a\[1\]: a partial"):
        require_plain({"a": [1, partial(print)]})
    with pytest.raises(TypeError, match="not plain"):
        require_plain({(1, 2): 3})


def test_other_files(tmp_path):
    with pytest.raises(UserError, match="no checkpoint"):
        read_checkpoint(tmp_path / "none.ckpt")
    (tmp_path / "text.ckpt").write_text("hello")
    with pytest.raises(UserError, match="refused|not a checkpoint"):
        read_checkpoint(tmp_path / "text.ckpt")
    torch.save([1], tmp_path / "list.ckpt")
    with pytest.raises(UserError, match="not a checkpoint of kineograph"):
        read_checkpoint(tmp_path / "list.ckpt")


def test_keep_is_checked():
    with pytest.raises(UserError, match="at least 2"):
        CheckpointStore(folder="x", keep=1)


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(tmp_path, monkeypatch):
    kept = store(tmp_path, 1)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda folder: SimpleNamespace(free=4_000_000))
    with pytest.raises(UserError, match=r"it needs 4.1 MB and 4.0 MB are free; the earlier checkpoints are untouched"):
        kept.save({"x": [torch.zeros(1_000_000)]}, 2)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [path.name for path in with_sidecars(kept.paths())]


def with_sidecars(paths: list[Path]) -> list[Path]:
    return sorted([*paths, *map(sidecar, paths)])


def test_a_damaged_newer_one_does_not_push_out_a_whole_one(tmp_path):
    """100 is damaged, the run goes on from 50 and saves 60: then 60 and 50 are kept."""
    kept = store(tmp_path, 50, 100)
    kept.paths()[0].write_bytes(b"")
    with pytest.warns(UserWarning, match="is damaged"):
        assert kept.latest()["x"][0] == 50
    kept.save({"x": torch.zeros(1)}, 60)
    assert [path.name for path in kept.paths()] == ["images-000000000060.ckpt", "images-000000000050.ckpt"]
    assert len(list(tmp_path.iterdir())) == 4


def test_the_folder_may_be_gone_or_a_link(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link = [a, b]").symlink_to(tmp_path / "elsewhere")
    kept = store(tmp_path / "link = [a, b]", 1, 2)
    assert kept.latest()["x"][0] == 2
    for path in (tmp_path / "elsewhere").iterdir():
        path.unlink()
    (tmp_path / "elsewhere").rmdir()
    with pytest.raises(UserError, match="cannot write the checkpoint"):  # the link leads nowhere
        kept.save({"x": torch.zeros(1)}, 3)
    (tmp_path / "link = [a, b]").unlink()
    kept.save({"x": torch.zeros(1)}, 3)
    assert kept.latest()["x"][0] == 0
