import json
import os
import socket
import subprocess
import sys
import time

import pytest

from kineograph.core.errors import UserError
from kineograph.core.run import Run
from kineograph.runtime.registry import differences, final, find, series, state, summary


def run_at(path, **config):
    run = Run.claim_at(path)
    run.describe({"name": path.name, "run_dir": str(run.path), **config}, [f"seed={config.get('seed')}"], {}, [])
    return run


def test_runs_are_found_at_any_depth_and_not_inside_one_another(tmp_path):
    for name in ("a", "sweep/0000", "sweep/0001"):
        run = run_at(tmp_path / name)
        (run.path / "evaluations").mkdir()
        (run.path / "evaluations" / "status.json").write_text("{}")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "text").write_text("no run")
    (tmp_path / "claimed").mkdir()
    names = [path.relative_to(tmp_path).as_posix() for path in find([tmp_path])]
    assert names == ["a", "claimed", "sweep/0000", "sweep/0001"]
    with pytest.raises(UserError, match="no folder"):
        list(find([tmp_path / "none"]))


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("status.json", b"{", "cannot read"),
        ("status.json", b"[1]", "no JSON object"),
        ("facts.json", b"\xff\xfe\x00", "cannot read"),
        ("config.yaml", None, "no config.yaml"),
    ],
)
def test_a_broken_folder_is_one_line(tmp_path, file, content, words):
    run = run_at(tmp_path / "a")
    (run.path / file).unlink(missing_ok=True)
    if content is not None:
        (run.path / file).write_bytes(content)
    row = summary(run.path)
    assert row["state"] == "broken"
    assert words in row["error"]
    assert "\n" not in row["error"]


def test_a_run_whose_process_has_gone_was_killed(tmp_path):
    run = run_at(tmp_path / "a")
    assert summary(run.path)["state"] == "prepared"
    run.update_status(state="running", images_seen=3)
    assert summary(run.path)["state"] == "running"  # this process
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here = {"state": "running", "host": socket.gethostname()}
    assert state({**here, "pid": gone.pid}) == "killed"
    assert state({**here, "host": "another", "pid": gone.pid}) == "running"
    assert state({**here, "state": "finished", "pid": gone.pid}) == "finished"
    assert state({**here, "pid": 1}) == "running"  # perhaps another user's
    assert state(run.status() | {"born": "an earlier start of this machine"}) == "killed"  # the number came again


def test_the_log_is_read_as_far_as_it_is_whole(tmp_path):
    (tmp_path / "metrics.csv").write_text("images_seen,l1,eval/fid\n8,0.5,\n16,,7.25\n24,0.125,word\n32,0.0")
    assert series(tmp_path) == {"l1": [(8, 0.5), (24, 0.125)], "eval/fid": [(16, 7.25)]}
    (tmp_path / "evaluations").mkdir()
    (tmp_path / "evaluations" / "a.json").write_text('{"metrics": {"kid": 0.5, "fid": null}, "protocol": {}}')
    (tmp_path / "evaluations" / "b.json").write_text("{")
    assert final(tmp_path) == {"l1": 0.125, "eval/fid": 7.25, "kid": 0.5}
    assert series(tmp_path / "none") == {}


def test_what_a_reference_or_a_procedure_reached_is_not_the_runs(tmp_path):
    (tmp_path / "evaluations").mkdir()
    for name, row in {
        "gan": {"kind": "trained", "procedure": None, "metrics": {"kid": 0.5}},
        "gan_truncation": {"kind": "trained", "procedure": "truncation", "metrics": {"kid": 0.1, "fid": 1.0}},
        "real": {"kind": "reference", "procedure": None, "metrics": {"kid": 0.0}},
        "older": {"kind": "trained", "metrics": {"psnr": 20.0}},
    }.items():
        (tmp_path / "evaluations" / f"{name}.json").write_text(json.dumps(row | {"protocol": {}}))
    assert final(tmp_path) == {"kid": 0.5, "psnr": 20.0}


def test_differences_leave_out_what_always_differs():
    one = {"name": "one", "run_dir": "/r/1", "seed": 1, "a": {"b": [1], "log": "/r/1/log", "c": {}}}
    two = {"name": "two", "run_dir": "/r/2", "seed": 1, "a": {"b": [1, 2], "log": "/r/2/log", "d": 0}}
    assert differences([one, two]) == {"a.b": [[1], [1, 2]], "a.c": [{}, None], "a.d": [None, 0]}
    assert differences([one, one]) == {}


def test_five_hundred_folders_in_two_seconds(tmp_path):
    config = {f"key{i}": {"inner": list(range(5))} for i in range(100)}
    first = run_at(tmp_path / "0000", **config)
    first.update_status(state="finished", images_seen=1)
    for number in range(1, 500):
        path = tmp_path / f"{number:04}"
        path.mkdir()
        for name in ("config.yaml", "facts.json", "status.json", "overrides.json"):
            os.link(first.path / name, path / name)
    start = time.process_time()
    rows = [summary(path) for path in find([tmp_path])]
    assert time.process_time() - start < 2
    assert len(rows) == 500
    assert {row["state"] for row in rows} == {"finished"}
