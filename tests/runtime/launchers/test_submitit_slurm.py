"""The SLURM launcher against a SLURM of four shell scripts, which run what they are given on this machine."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kineograph.core.errors import UserError
from kineograph.runtime.job import Job
from kineograph.runtime.launchers.submitit_slurm import SubmititSlurmLauncher
from tests.runtime.fake_sweep import command, conduct, fake_sweep, starts, states
from tests.runtime.launchers.fake_commands import put_first
from tests.runtime.test_job import SAVES

pytest.importorskip("submitit")
FAKES = {
    "sbatch": """
        id=$((100 + $(ls "$SLURM" | wc -l))); cp "${@: -1}" "$SLURM/$id"; echo "Submitted batch job $id"
        export SLURM_JOB_ID=$id SLURM_NTASKS=1 SLURM_JOB_NUM_NODES=1 SLURM_NODEID=0 SLURM_PROCID=0 SLURM_LOCALID=0
        export SLURM_JOB_NODELIST=here; bash "${@: -1}" < /dev/null > /dev/null 2>&1 &""",
    "srun": 'while [[ "$1" != *python* ]]; do shift; done; echo $$ > "$SLURM.pid"; exec "$@"',
    "sacct": """echo "JobID|State|NodeList"; for id in $(ls "$SLURM"); do echo "$id|RUNNING|here"; done""",
    "scontrol": 'echo "$@" >> "$SLURM.scontrol"',
}


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """The folder in which the batch files lie that were submitted."""
    put_first(tmp_path / "bin", FAKES, monkeypatch)
    monkeypatch.setenv("SLURM", str(tmp_path / "slurm"))
    (tmp_path / "slurm").mkdir()
    return tmp_path / "slurm"


def launcher(**told: object) -> SubmititSlurmLauncher:
    settings = {"jobs": 2, "timeout_min": 60, "partition": "gpu", "account": None, "qos": None, "constraint": None}
    settings |= {"gpus_per_node": 2, "cpus_per_task": 4, "mem_gb": 1.5, "signal_delay_s": 120, "max_num_timeout": 3}
    return SubmititSlurmLauncher(**{**settings, "additional_parameters": {"exclude": "node13"}, **told})


def test_the_same_jobs_as_on_one_machine(tmp_path, slurm):
    sweep = fake_sweep(tmp_path / "sweep", 2, {1})
    assert conduct(sweep, launcher()) is None
    assert states(sweep) == ["finished", "failed"]
    assert starts(sweep) == [1, 1]
    text = next(slurm.iterdir()).read_text()
    asked = {line.removeprefix("#SBATCH --") for line in text.splitlines() if line.startswith("#SBATCH")}
    assert {
        "partition=gpu", "time=60", "gpus-per-node=2", "cpus-per-task=4", "mem=1536MB", "nodes=1", "ntasks-per-node=1",
        "exclude=node13", "signal=USR2@120",
    } <= asked  # fmt: skip
    assert not [line for line in asked if line.startswith(("account", "qos", "constraint"))]


def test_a_second_controller_finds_the_jobs_of_the_first(tmp_path, slurm):
    run = fake_sweep(tmp_path / "sweep", 1, seconds=1.0).runs()[0]
    launcher().start(Job(run.path, command(run)))
    found = launcher().start(Job(run.path, command(run)))
    assert len(list(slurm.iterdir())) == 1
    assert not found.over()
    wait_for(found.over)
    assert run.status()["state"] == "finished"


def test_when_the_time_is_over_the_run_saves_and_is_queued_again(tmp_path, slurm):
    run = fake_sweep(tmp_path / "sweep", 1).runs()[0]
    launched = launcher().start(Job(run.path, [sys.executable, "-c", SAVES, str(run.path)]))
    wait_for((run.path / "ready").exists)
    os.kill(int(Path(f"{slurm}.pid").read_text()), signal.SIGUSR2)
    wait_for(Path(f"{slurm}.scontrol").exists)
    assert Path(f"{slurm}.scontrol").read_text().split()[0] == "requeue"
    assert run.status()["state"] == "preempted"
    assert not launched.over()


def test_bad_values(tmp_path):
    with pytest.raises(UserError, match="is one line"):
        launcher(partition="gpu\nrm -rf /")
    run = fake_sweep(tmp_path / "sweep", 1).runs()[0]
    with pytest.raises(UserError, match="SLURM did not take the job"):  # there is no SLURM here
        launcher().start(Job(run.path, command(run)))


def wait_for(event, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not event():
        assert time.monotonic() < end, subprocess.run(["ps", "xf"], capture_output=True, text=True, check=False).stdout
        time.sleep(0.05)
