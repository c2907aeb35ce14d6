import json
import socket
import subprocess
import sys

import pytest
import yaml

from kineograph.cli.main import main
from kineograph.cli.resume import auto, differences, reopen, unfinished
from kineograph.core import build
from kineograph.core.errors import ConfigError, UserError
from kineograph.core.run import Run
from kineograph.runtime.worker import work
from tests.runtime.test_worker import assert_same, newest
from tests.runtime.tiny_run import CHOICES, CONF, tiny_run

FLAGS = ["--config-dir", CONF, "--allow", "tests"]


def rewrite(run: Run, change) -> None:
    config = yaml.safe_load((run.path / "config.yaml").read_text())
    change(config)
    (run.path / "config.yaml").write_text(yaml.safe_dump(config))


def test_what_changes_is_shown_recorded_and_kept(tmp_path, capsys):
    run = tiny_run(tmp_path / "run", "max_images=16")
    assert work(run) == 0
    reopen(str(run.path), ["max_images=32", "trainer.log_every_n_steps=5", "callbacks.checkpoint.every_images=8"], [])
    assert capsys.readouterr().err.splitlines() == [
        "resume: callbacks.checkpoint.every_images: 20000 -> 8",
        "resume: trainer.log_every_n_steps: 20 -> 5",
        "resume: max_images: 16 -> 32",
    ]
    assert run.config()["callbacks"]["checkpoint"]["every_images"] == 8
    assert run.facts()["amended"][0][0] == "max_images=32"
    assert work(run) == 0
    whole = tiny_run(tmp_path / "whole", "max_images=32")
    work(whole)
    assert_same(newest(whole), newest(run))


def test_the_progress_knows_the_new_end(tmp_path):
    run = tiny_run(tmp_path / "run", "callbacks=[progress,checkpoint]", "max_images=16")
    reopen(str(run.path), ["max_images=24"], [])
    assert run.config()["callbacks"]["progress"]["max_images"] == 24


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("seed=8", "keeps its own configuration"),
        ("clip.num_frames=3", "keeps its own configuration"),
        ("trainer=ddp", "keeps its own configuration"),
        ("animator.acumulate=1", "Did you mean 'animator.accumulate'"),
        ("animator.accumulate=many", "wants int"),
        ("trainer.devices=auto", "the number of processes on this machine, not 'auto'"),
        ("max_images=8", "16 images have been seen already"),
        ("max_images=1e5", "a whole number of images, such as 100000, not 100000.0"),
        ("max_images=abc", "a whole number of images, such as 100000, not 'abc'"),
        ("callbacks.progress.every_seconds=abc", "wants float"),
    ],
)
def test_what_may_not_change(tmp_path, capsys, word, answer):
    run = tiny_run(tmp_path / "run", "callbacks=[progress,checkpoint]", "max_images=16")
    run.update_status(images_seen=16)
    before = (run.path / "config.yaml").read_text()
    assert main(["train", f"resume={run.path}", word, *FLAGS]) == 2
    assert answer in capsys.readouterr().err.splitlines()[-1]
    assert (run.path / "config.yaml").read_text() == before


def test_a_bad_value_can_be_put_right(tmp_path):
    run = tiny_run(tmp_path / "run", "callbacks=[progress,checkpoint]", "max_images=16")

    def spoil(config) -> None:
        config["max_images"] = config["callbacks"]["progress"]["max_images"] = 16.0

    rewrite(run, spoil)
    with pytest.raises(ConfigError, match="whole number"):
        reopen(str(run.path), [], [])
    reopen(str(run.path), ["max_images=16"], [])
    config = run.config()
    assert [type(node["max_images"]) for node in (config, config["callbacks"]["progress"])] == [int, int]


def content(run: Run) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.path.iterdir() if path.is_file()}


def test_the_configuration_is_shown_and_nothing_trained(tmp_path, capsys):
    run = tiny_run(tmp_path / "run", "callbacks=[progress,checkpoint]", "max_images=16")
    before = content(run)
    assert main(["train", f"resume={run.path}", "max_images=24", "--cfg", "job", "--resolve", *FLAGS]) == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert shown["max_images"] == shown["callbacks"]["progress"]["max_images"] == 24
    assert shown["animator"] == run.config()["animator"]
    assert main(["train", "resume=auto", f"run_dir={run.path}", "--cfg", "job", *FLAGS]) == 0
    assert yaml.safe_load(capsys.readouterr().out) == run.config()
    assert content(run) == before


@pytest.mark.parametrize("flag", ["-m", "--prepare"])
@pytest.mark.parametrize("place", ["auto", "run"])
def test_what_goes_on_is_neither_swept_nor_prepared(tmp_path, capsys, flag, place):
    run = tiny_run(tmp_path / "run", "max_images=16")
    before = content(run)
    resumed = f"resume={run.path}" if place == "run" else "resume=auto"
    assert main(["train", resumed, flag, *FLAGS]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1
    assert "leave out -m and --prepare" in told.err
    assert content(run) == before


def test_an_architecture_stays(tmp_path):
    words = ["animator=regression", "data=moving_shapes", "callbacks=[]", "metrics=[]", f"run_dir={tmp_path}/run"]
    assert main(["train", *words, "--prepare"]) == 0
    codec = Run.open(tmp_path / "run").config()["animator"]["codec"]["network"]
    with pytest.raises(ConfigError, match=r"changes the architecture \(.*more tensors\).*start a new run"):
        reopen(str(tmp_path / "run"), [f"animator.codec.network.dim={2 * codec['dim']}"], [])
    reopen(str(tmp_path / "run"), ["animator.grad_clip=0.5", "data.num_workers=2"], [])
    assert Run.open(tmp_path / "run").config()["animator"]["grad_clip"] == 0.5


def test_packages_are_allowed_anew(tmp_path, capsys, monkeypatch):
    run = tiny_run(tmp_path / "run", "max_images=16")
    assert "tests" in build.allowed()  # by this process; a command line begins anew
    assert main(["train", f"resume={run.path}"]) == 2
    assert "was started with --allow tests; add it again" in capsys.readouterr().err
    monkeypatch.setattr(build, "ALLOWED", list(build.OURS))
    assert main(["train", f"resume={run.path}", "--allow", "tests"]) == 0
    assert build.allowed() == []


def test_a_url_is_not_resumed(capsys):
    assert main(["train", f"resume=https://example.org/run.tar#sha256={'0' * 64}"]) == 2
    assert "is a URL; what goes on needs a place of its own" in capsys.readouterr().err


def test_differences_name_every_place():
    old = {"a": {"b": 1, "c": [1]}, "d": 2}
    assert differences(old, old) == []
    assert differences(old, {"a": {"b": 1, "c": [2]}, "e": None, "d": {"f": 1}}) == [
        ("a.c", [1], [2]),
        ("d", 2, {"f": 1}),
    ]


@pytest.fixture
def runs(tmp_path):
    """Three runs of the same words, finished, preempted and failed, and one of other words."""
    made = {}
    for name, words, state in [
        ("1_finished", ["seed=1"], "finished"),
        ("2_preempted", ["seed=1"], "preempted"),
        ("3_other", ["seed=2"], "failed"),
    ]:
        run = Run.claim_at(tmp_path / "runs" / name)
        run.describe({"seed": 1, "run_dir": str(run.path)}, words, {}, [])
        run.update_status(state=state)
        made[name] = run
    return tmp_path / "runs", made


def test_the_newest_unfinished_run_of_the_same_words(runs, capsys):
    folder, made = runs
    assert unfinished(["seed=1"], folder).path == made["2_preempted"].path
    assert unfinished([], folder).path == made["3_other"].path
    assert unfinished(["seed=3"], folder) is None
    assert unfinished([f"run_dir={made['1_finished'].path}"], folder).path == made["1_finished"].path
    assert unfinished(["run_dir=none"], folder) is None


def test_a_run_at_work_is_left_alone(runs, capsys, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "77")
    folder, made = runs
    made["2_preempted"].update_status(state="running")  # by this process, in job 77
    assert unfinished(["seed=1"], folder) is not None  # a requeue of the same job
    monkeypatch.setenv("SLURM_JOB_ID", "78")
    assert unfinished(["seed=1"], folder) is None
    assert f"is at work on {socket.gethostname()}; left alone" in capsys.readouterr().err
    status = made["2_preempted"].status()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for change, found in (({"pid": gone.pid}, True), ({"pid": 1, "born": None}, False), ({"host": "elsewhere"}, False)):
        (made["2_preempted"].path / "status.json").write_text(json.dumps(status | change))
        assert (unfinished(["seed=1"], folder) is not None) == found


def test_auto_starts_goes_on_and_starts_again(tmp_path, capsys):
    words = [*CHOICES, f"runs={tmp_path}/runs", "max_images=32", "resume=auto"]
    assert main(["train", *words, "animator.signal_at=8", *FLAGS]) == 143
    first = capsys.readouterr().out
    assert main(["train", *words, "animator.signal_at=8", *FLAGS]) == 0  # past the signal, which came at 8 images
    assert capsys.readouterr().out == first
    assert Run.open(first.strip()).status()["state"] == "finished"
    assert main(["train", *words, "animator.signal_at=8", *FLAGS]) == 143  # nothing is left to go on with
    assert capsys.readouterr().out != first
    with pytest.raises(UserError, match="can go on"):
        auto([f"runs={tmp_path}/none"])
