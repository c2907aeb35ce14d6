"""Jobs on a Ray cluster (Moritz et al. 2018, "Ray: A Distributed Framework for Emerging AI Applications")."""

import os
from typing import Any

from kineograph.core.errors import UserError
from kineograph.runtime.job import Job


class RayLauncher:
    """A task a job, placed where so many cores and GPUs are free.

    ``RAY_ADDRESS`` names a running cluster, whose machines see the run folders under the same paths; without it one is
    started here, on the loopback interface.
    """

    stays = False

    def __init__(self, *, jobs: int, cpus_per_job: float, gpus_per_job: float, max_retries: int):
        self.jobs = jobs
        self.cpus_per_job = cpus_per_job
        self.gpus_per_job = gpus_per_job
        self.max_retries = max_retries  # of a job whose machine is lost; it goes on from its checkpoint

    def start(self, job: Job) -> "_Task":
        ray = _ray()
        remote = ray.remote(num_cpus=self.cpus_per_job, num_gpus=self.gpus_per_job, max_retries=self.max_retries)
        return _Task(ray, remote(_work).remote(job))


class _Task:
    def __init__(self, ray: Any, reference: Any):
        self.ray = ray
        self.reference = reference

    def over(self) -> bool:
        return bool(self.ray.wait([self.reference], timeout=0)[0])


def _work(job: Job) -> str:
    return job()


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise UserError("this launcher needs Ray; install it with: pip install 'kineograph[ray]'") from error
    if not ray.is_initialized():
        try:
            if "RAY_ADDRESS" in os.environ:
                ray.init(log_to_driver=False)
            else:
                ray.init(address="local", _node_ip_address="127.0.0.1", include_dashboard=False, log_to_driver=False)
        except Exception as error:  # Ray raises no narrower one where a node does not answer in time
            raise UserError(f"hydra/launcher=ray: no cluster ({' '.join(str(error).split())[:200]})") from error
    return ray
