import json
import struct
import sys
import types
from pathlib import Path

import pytest
import torch

from kineograph.core.video import write
from kineograph.runtime.wandb_log import WandbLog
from tests.runtime.board_server import BoardServer


def log(folder: Path, mode: str = "offline") -> WandbLog:
    return WandbLog(
        run_dir=str(folder),
        project="tests",
        entity=None,
        mode=mode,
        init_timeout=2.0,
        finish_timeout=60.0,
        checkpoint=True,
    )


def records(folder: Path) -> list:
    """Everything in the file that W&B keeps, online too: LevelDB's log format behind a header of seven bytes."""
    import wandb

    wandb.teardown()  # the file is whole once the service has ended, not when a run has
    paths = sorted(folder.glob("wandb/*run-*/run-*.wandb"))
    assert paths
    return [record for path in paths for record in records_of(path.read_bytes())]


def records_of(content: bytes) -> list:
    from wandb.proto import wandb_internal_pb2

    place, found, gathered = 7, [], b""
    while place + 7 <= len(content):
        if 32768 - place % 32768 < 7:  # what is left of a block too short for a record's head is empty
            place += 32768 - place % 32768
            continue
        _, length, kind = struct.unpack("<IHB", content[place : place + 7])
        gathered += content[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # whole, or the last part
            record = wandb_internal_pb2.Record()
            record.ParseFromString(gathered)
            found.append(record)
            gathered = b""
    return found


def history(folder: Path) -> list[dict]:
    rows = []
    for record in records(folder):
        if record.WhichOneof("record_type") == "history":
            items = record.history.item
            rows.append({item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in items})
    return rows


def test_offline_file_has_images_seen_as_its_axis(tmp_path):
    film = write(tmp_path / "f.mp4", torch.zeros(2, 16, 16, 3, dtype=torch.uint8), 12.0, {})
    board = log(tmp_path)
    board.log_hyperparams({"seed": 1})
    board.log_metrics({"train/l1": 0.5, "bad": float("nan")}, step=64)
    board.log_metrics({"train/l1": 0.5}, step=64)  # resumed from an earlier checkpoint: sent already
    board.log_metrics({"train/l1": 0.75}, step=32)
    board.log_metrics({"eval/fid": 0.25}, step=64)  # another row of the same moment
    board.show("preview", film, film, 64)
    board.finalize("success")
    rows = history(tmp_path)
    assert [(row["images_seen"], row.get("train/l1"), row.get("eval/fid")) for row in rows[:2]] == [
        (64, 0.5, None),
        (64, None, 0.25),
    ]
    assert rows[2]["preview/_type"] == "video-file"
    metrics = [record.metric for record in records(tmp_path) if record.WhichOneof("record_type") == "metric"]
    assert ("*", "images_seen") in [(metric.glob_name or metric.name, metric.step_metric) for metric in metrics]
    assert board.version == (tmp_path / "wandb_id").read_text()
    assert log(tmp_path).version == board.version  # a resumed run goes on in the same one


def test_an_unreachable_server_costs_a_warning(tmp_path, monkeypatch):
    import wandb

    wandb.teardown()  # it reads the environment once a process
    monkeypatch.delenv("WANDB_MODE", raising=False)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    board = log(tmp_path, "online")
    identity = board.version
    with pytest.warns(UserWarning, match="cannot be reached"):
        board.log_metrics({"a": 1.0}, step=4)
    board.finalize("success")
    assert history(tmp_path)[0]["images_seen"] == 4
    assert board.version == identity  # sent later, it goes on in the run that it belongs to


def test_training_goes_on_when_the_service_dies(tmp_path, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("gone")

    board = log(tmp_path)
    board._run = types.SimpleNamespace(log=broken, finish=broken)
    with pytest.warns(UserWarning, match="training goes on"):
        board.log_metrics({"a": 1.0}, step=4)
    board.log_metrics({"a": 1.0}, step=8)
    board.show("preview", Path("x.mp4"), Path("x.png"), 8)
    board.finalize("failed")
    board._run = types.SimpleNamespace(finish=broken)
    with pytest.warns(UserWarning, match="could not finish"):
        board.finalize("failed")
    never = log(tmp_path)
    monkeypatch.setitem(sys.modules, "wandb", types.SimpleNamespace(init=broken, Settings=dict))
    with pytest.warns(UserWarning, match="cannot be started"):
        never.log_metrics({"a": 1.0}, step=4)
    assert never.name == "tests"


def test_only_rank_zero_begins_a_run(tmp_path, monkeypatch):
    """Lightning touches ``experiment`` on every rank."""
    from pytorch_lightning.utilities.rank_zero import rank_zero_only

    monkeypatch.setattr(rank_zero_only, "rank", 1)
    board = log(tmp_path)
    assert board.experiment is None
    board.log_metrics({"a": 1.0}, step=4)
    board.finalize("success")
    assert not list(tmp_path.iterdir())


def test_at_the_end_the_evaluations_are_a_table_and_the_newest_checkpoint_an_artifact(tmp_path):
    (tmp_path / "evaluations").mkdir()
    for images, scores in ((8, {"fid": 3.0}), (16, {"fid": 2.0, "kid": 0.5})):
        row = {"images_seen": images, "num_clips": 4, "metrics": scores}
        (tmp_path / "evaluations" / f"periodic-{images:012d}.json").write_text(json.dumps(row))
    (tmp_path / "checkpoints").mkdir()
    for name in ("checkpoints/images-000000000008.ckpt", "checkpoints/images-000000000016.ckpt", "config.yaml"):
        (tmp_path / name).write_text(name)
    sent: dict = {}
    board = log(tmp_path)
    board._run = types.SimpleNamespace(
        log=sent.update,
        log_artifact=lambda artifact, aliases: sent.update(artifact=artifact),
        finish=lambda exit_code: 0,
    )
    board.finalize("success")
    assert sent["evaluations"].columns == ["images_seen", "fid", "kid"]
    assert sent["evaluations"].data == [[8, 3.0, None], [16, 2.0, 0.5]]
    assert sorted(sent["artifact"].manifest.entries) == ["config.yaml", "images-000000000016.ckpt"]
    assert sent["artifact"].name.startswith(f"checkpoint-{board.version}")


@pytest.mark.slow
def test_online_films_are_sent(tmp_path, monkeypatch):
    """Tables and artifacts need more of a server than the one on loopback plays."""
    import wandb

    wandb.teardown()  # it reads the environment once a process
    film = write(tmp_path / "f.mp4", torch.zeros(2, 16, 16, 3, dtype=torch.uint8), 12.0, {})
    monkeypatch.delenv("WANDB_MODE")
    with BoardServer("well") as server:
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
        board = log(tmp_path, "online")
        board.log_hyperparams({"seed": 1})
        board.show("preview", film, film, 8)
        board.finalize("success")
        wandb.teardown()
    assert server.names == {board.version}
    assert [row["preview"]["_type"] for row in server.streamed] == ["video-file"]
    assert [path for path in server.asked if path.startswith("/upload/media/videos/preview")], server.asked
