"""Jobs through submitit on a SLURM cluster, one a SLURM job on one node; requeued ones go on from their checkpoint."""

from typing import Any

from kineograph.core.errors import UserError
from kineograph.runtime.job import Job
from kineograph.runtime.launchers.submitted import Submitted, submitit


class SubmititSlurmLauncher:
    """``sbatch`` for each job, ``jobs`` of them queued or running at once. The folder must be seen from every node.

    The controller may end: the jobs go on, and ``kineograph sweep DIR`` finds them again by their SLURM ids.
    ``max_num_timeout``: so many times a job that reached its time limit is requeued. null values are left out.
    """

    stays = True

    def __init__(
        self,
        *,
        jobs: int,
        timeout_min: int,
        partition: str | None,
        account: str | None,
        qos: str | None,
        constraint: str | None,
        gpus_per_node: int | None,
        cpus_per_task: int | None,
        mem_gb: float | None,
        signal_delay_s: int,  # before the limit; in this time the run saves
        max_num_timeout: int,
        additional_parameters: dict[str, Any],  # any other option of sbatch
    ):
        self.jobs = jobs
        self.max_num_timeout = max_num_timeout
        told = {
            "time": timeout_min,
            "partition": partition,
            "account": account,
            "qos": qos,
            "constraint": constraint,
            "gpus_per_node": gpus_per_node,
            "cpus_per_task": cpus_per_task,
            "mem": None if mem_gb is None else f"{int(mem_gb * 1024)}MB",
            "signal_delay_s": signal_delay_s,
            "additional_parameters": additional_parameters,
            "job_name": "kineograph",
            "ntasks_per_node": 1,
            "nodes": 1,
        }
        if wrong := [key for key, value in told.items() if "\n" in str(value)]:
            raise UserError(f"hydra.launcher.{wrong[0]}: a value for sbatch is one line")
        self.parameters = {key: value for key, value in told.items() if value is not None}

    def start(self, job: Job) -> Submitted:
        folder = job.run / "submitit"
        known = folder / "slurm_id"
        if known.is_file():  # an earlier controller has submitted it
            earlier = Submitted(submitit().SlurmJob(folder, known.read_text().strip()))
            if not earlier.over():
                return earlier
        try:
            executor = submitit().SlurmExecutor(folder, max_num_timeout=self.max_num_timeout)
            executor.update_parameters(**self.parameters)
            submitted = executor.submit(_Requeued(job.run, job.command))
        except (RuntimeError, OSError, submitit().core.utils.FailedJobError) as error:
            raise UserError(f"SLURM did not take the job: {' '.join(str(error).split())[:300]}") from error
        known.write_text(submitted.job_id)
        return Submitted(submitted)


class _Requeued(Job):
    """What submitit calls when SLURM takes the machine away or the time is over: save, then queue the same again."""

    def checkpoint(self) -> Any:
        self.end("preempted")
        return submitit().helpers.DelayedSubmission(_Requeued(self.run, self.command))
