"""A sweep of jobs that cost nothing: they count their starts, and say in status.json what they were told to say.

``python -m tests.runtime.fake_sweep SWEEP`` is its controller, for tests that kill one.
"""

import sys
from pathlib import Path

from kineograph.core.run import Run
from kineograph.runtime.launchers.local import LocalLauncher
from kineograph.runtime.sweep import Launcher, Sweep
from kineograph.runtime.sweepers.grid import GridSweeper

JOB = """
import sys, time
from pathlib import Path
from kineograph.core.run import Run
run = Run(Path(sys.argv[1]))
with (run.path / "starts").open("a") as file:
    file.write("x")
config = run.config()
if not (run.path.parent / "quick").exists():
    time.sleep(config["seconds"])
if config["fails"] and not (run.path.parent / "mended").exists():
    sys.exit("no such data")
run.update_status(state="finished", images_seen=int(run.path.name))
"""


def fake_sweep(path: Path, num_jobs: int, failing: set[int] = frozenset(), seconds: float = 0.0) -> Sweep:
    path.mkdir(parents=True)
    sweep = Sweep(path)
    for number in range(num_jobs):
        run = Run.claim_at(sweep.next_folder())
        run.describe({"seconds": seconds, "fails": number in failing}, [f"seed={number}", "a=1"], {}, [])
    sweep.describe([], [])
    return sweep


def command(run: Run) -> list[str]:
    return [sys.executable, "-c", JOB, str(run.path)]


def conduct(sweep: Sweep, launcher: Launcher | None = None, retry_failed: bool = False) -> int | None:
    def prepare(words: list[str], folder: Path) -> Run:
        raise AssertionError("a grid has no further jobs")

    def tell(run: Run) -> None:
        print(run.path.name, run.status()["state"], flush=True)

    launcher = launcher or LocalLauncher(jobs=2, gpus_per_job=1)
    return sweep.conduct(GridSweeper(params={}), launcher, prepare, command, tell, retry_failed)


def states(sweep: Sweep) -> list[str]:
    return [run.status().get("state", "prepared") for run in sweep.runs()]


def starts(sweep: Sweep) -> list[int]:
    files = [run.path / "starts" for run in sweep.runs()]
    return [len(file.read_text()) if file.exists() else 0 for file in files]


if __name__ == "__main__":
    sys.exit(conduct(Sweep.open(Path(sys.argv[1]))) or 0)
