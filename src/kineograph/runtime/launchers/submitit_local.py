"""Jobs through submitit on this machine: what SLURM would run, without SLURM."""

from kineograph.runtime.job import Job
from kineograph.runtime.launchers.submitted import Submitted, submitit


class SubmititLocalLauncher:
    """To try a sweep out before it goes to a cluster; submitit's files are in RUN/submitit."""

    stays = False

    def __init__(self, *, jobs: int, timeout_min: int, gpus_per_node: int):
        self.jobs = jobs
        self.timeout_min = timeout_min
        self.gpus_per_node = gpus_per_node

    def start(self, job: Job) -> Submitted:
        executor = submitit().LocalExecutor(job.run / "submitit")
        executor.update_parameters(timeout_min=self.timeout_min, gpus_per_node=self.gpus_per_node)
        return Submitted(executor.submit(job))
