"""Jobs on this machine, so many at once, each with GPUs or processor cores of its own."""

import os
import subprocess
import sys

from kineograph.core.errors import UserError
from kineograph.runtime.job import Job


class LocalLauncher:
    """A slot a job: its GPUs are in CUDA_VISIBLE_DEVICES, its share of the cores in OMP_NUM_THREADS.

    ``jobs`` null: as many as the GPUs allow, or one on a machine without. More jobs than that share the GPUs.
    """

    stays = False

    def __init__(self, *, jobs: int | None, gpus_per_job: int):
        gpus = _gpus()
        if gpus_per_job > len(gpus) > 0:
            raise UserError(f"hydra.launcher.gpus_per_job={gpus_per_job}, but this machine has {len(gpus)} GPUs")
        self.jobs = jobs or max(1, len(gpus) // max(1, gpus_per_job))
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, cores // self.jobs))
        self.slots: list[dict[str, str]] = []
        for slot in range(self.jobs):
            mine = [gpus[(slot * gpus_per_job + place) % len(gpus)] for place in range(gpus_per_job) if gpus]
            self.slots.append({"OMP_NUM_THREADS": threads} | ({"CUDA_VISIBLE_DEVICES": ",".join(mine)} if mine else {}))
        self.taken: dict[int, subprocess.Popen] = {}

    def start(self, job: Job) -> "_Process":
        slot = next(slot for slot in range(self.jobs) if slot not in self.taken or self.taken[slot].poll() is not None)
        self.taken[slot] = subprocess.Popen(
            [sys.executable, "-m", "kineograph.runtime.job", str(job.run), *job.command],
            env=os.environ | self.slots[slot],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the controller alone, which then asks the jobs to save and end
        )
        return _Process(self.taken[slot])


class _Process:
    def __init__(self, process: subprocess.Popen):
        self.process = process

    def over(self) -> bool:
        return self.process.poll() is not None


def _gpus() -> list[str]:
    """The GPUs that this process may use, by the names that CUDA_VISIBLE_DEVICES knows."""
    told = os.environ.get("CUDA_VISIBLE_DEVICES")
    if told is not None:
        return [name.strip() for name in told.split(",") if name.strip() not in ("", "-1")]
    import torch  # slow to import, and only asked here

    return [str(number) for number in range(torch.cuda.device_count())]
