"""The SLURM templates and the command of a W&B agent, run without SLURM and without a network."""

import queue
import subprocess
from pathlib import Path

import pytest
import yaml
from wandb import wandb_agent

from kineograph.cli.main import main
from kineograph.core.build import build
from kineograph.core.run import Run
from tests.runtime.launchers.fake_commands import put_first

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "cluster"
FAKES = {  # what a node of a cluster has, each writing down how it was called
    "srun": 'echo "srun $@" >> "$CALLS"; while [ "${1#--}" != "$1" ]; do shift; done; exec "$@"',
    "scontrol": 'echo "scontrol $@" >> "$CALLS"; [ "$1" = show ] && printf "node7\\nnode8\\n"; true',
    "kineograph": """echo "kineograph $@" >> "$CALLS"; echo '{"state": "'$STATE'"}' > "$RUN/status.json"; exit $CODE""",
    "torchrun": """echo "torchrun $@" >> "$CALLS"; echo '{"state": "'$STATE'"}' > "$RUN/status.json"; exit $CODE""",
}


@pytest.fixture
def node(tmp_path, monkeypatch):
    """A machine on which SLURM seems to have started a job; its run folder has a space in its name."""
    put_first(tmp_path / "bin", FAKES, monkeypatch)
    run = tmp_path / "a run"
    run.mkdir()
    told = {"SLURM_JOB_ID": "41", "SLURM_NNODES": "2", "SLURM_GPUS_ON_NODE": "8", "SLURM_JOB_NODELIST": "node[7-8]"}
    for key, value in {**told, "RUN": str(run), "CALLS": str(tmp_path / "calls")}.items():
        monkeypatch.setenv(key, value)
    return tmp_path


@pytest.mark.parametrize("name", ["one_node", "several_nodes"])
@pytest.mark.parametrize(("state", "code"), [("finished", 0), ("preempted", 143), ("failed", 1)])
def test_a_template_requeues_what_was_preempted_and_nothing_else(node, monkeypatch, name, state, code):
    monkeypatch.setenv("STATE", state)
    monkeypatch.setenv("CODE", str(code))
    done = subprocess.run(["bash", FOLDER / f"{name}.sbatch", node / "a run", "--allow=mine"], check=False)
    assert done.returncode == code
    calls = (node / "calls").read_text().splitlines()
    assert ("scontrol requeue 41" in calls) == (state == "preempted")
    if name == "one_node":
        assert f"kineograph train resume={node}/a run --allow=mine" in calls
    else:
        started = next(call for call in calls if call.startswith("torchrun"))
        assert "--nnodes=2 --nproc-per-node=8" in started
        assert "--rdzv-endpoint=node7:20041" in started
        assert started.endswith(f"-m kineograph.runtime.worker {node}/a run --allow=mine")


def test_what_a_wandb_agent_would_start(tmp_path, monkeypatch, capsys):
    """The agent's own code makes the command; the command prepares a run, which takes the agent's id."""
    started = []
    monkeypatch.setattr(wandb_agent, "AgentProcess", lambda **told: started.append(told) or type("P", (), {})())
    monkeypatch.chdir(tmp_path)
    for key in ("WANDB_SWEEP_ID", "WANDB_RUN_ID", "WANDB_SWEEP_PARAM_PATH"):
        monkeypatch.setenv(key, "")
    monkeypatch.setenv("WANDB_SWEEP_ID", "5w33p")
    sweep = yaml.safe_load((FOLDER / "wandb_sweep.yaml").read_text())
    agent = wandb_agent.Agent(None, queue.Queue(), sweep_id="5w33p")
    agent._sweep_command = sweep["command"]
    values = {"experiment": "quickstart_gan", "animator.grad_clip": 0.731, "seed": 2}
    agent._command_run({"run_id": "r4nd0m", "program": None, "args": {k: {"value": v} for k, v in values.items()}})
    env, program, *words = started[0]["command"]
    assert (env, program) == ("/usr/bin/env", "kineograph")
    assert set(values) == set(sweep["parameters"])
    assert main([*words, "--prepare", "data=moving_shapes"]) == 0
    config = Run.open(capsys.readouterr().out.strip().splitlines()[-1]).config()
    assert config["seed"] == 2
    assert config["animator"]["grad_clip"] == 0.731
    log = config["logger"]["wandb"]
    monkeypatch.setenv("WANDB_RUN_ID", started[0]["env"]["WANDB_RUN_ID"])
    assert build(log).run_id() == "r4nd0m"
    monkeypatch.setenv("WANDB_SWEEP_ID", "")  # not in a sweep: an id of its own
    assert build({**log, "run_dir": str(tmp_path / "other")}).run_id() != "r4nd0m"
