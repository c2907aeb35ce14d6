"""How fast training is, and what it waits for."""

import resource
import time
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from kineograph.callbacks.periodic import seconds_beside

KINDS = 9  # batches after a new kind of batch whose operations are counted: lazy penalties come every eighth


class Speed(Callback):
    """Logs images and seconds with the loss terms: ``speed/images_per_second`` over all ranks, ``speed/step_seconds``
    of a batch, of which ``speed/data_wait_seconds`` passed before the batch was there, ``speed/memory_gib`` at its
    highest, and ``speed/flops_utilisation``.

    The last is the rate of the networks' multiplications and additions, forward and backward, over ``peak_tflops``;
    null: over the rate of a large matrix product on this machine in the training precision. Operations are counted
    once for each kind of batch (told by the names of its terms), and not at all under torch.compile. Previews and
    evaluations do not count. List it last.
    """

    def __init__(self, *, peak_tflops: float | None):
        self.peak_tflops = peak_tflops
        self.flops: dict[tuple[str, ...], int] = {}  # a batch, by its kind
        self.counter: _Operations | None = None
        self.to_count = KINDS
        self.beside_before = 0.0
        self.seen: dict[str, float] | None = None
        self.ended = 0.0
        self._begin(0.0, 0)

    def _begin(self, beside: float, images: int) -> None:
        self.begun, self.beside, self.images = time.perf_counter(), beside, images
        self.waited, self.batches, self.operations = 0.0, 0, 0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.peak_tflops is None:
            self.peak_tflops = matrix_tflops(pl_module.device, "bf16" in str(trainer.precision))
        self.seen = pl_module.latest
        self._begin(seconds_beside(trainer), pl_module.images_seen)
        self.ended = self.begun

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        self.waited += time.perf_counter() - self.ended
        if self.to_count > 0 and not pl_module.compile_networks:
            self.counter, self.beside_before = _Operations(), seconds_beside(trainer)
            self.counter.__enter__()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        kind = tuple(pl_module.terms)
        if self.counter is not None:
            self._count(kind, seconds_beside(trainer) == self.beside_before)
        elif kind not in self.flops:
            self.to_count = KINDS
        self.operations += self.flops.get(kind, 0)
        self.batches += 1
        if pl_module.latest is not self.seen:
            self.seen = pl_module.latest
            for logger in trainer.loggers:
                logger.log_metrics(self.row(trainer, pl_module), step=pl_module.images_seen)
            self._begin(seconds_beside(trainer), pl_module.images_seen)
        self.ended = time.perf_counter()

    def _count(self, kind: tuple[str, ...], training_alone: bool) -> None:
        assert self.counter is not None
        self.counter.__exit__(None, None, None)
        if training_alone:  # no preview within
            self.to_count = self.to_count - 1 if kind in self.flops else KINDS
            self.flops[kind] = self.counter.total
        self.counter = None

    def row(self, trainer: Trainer, animator: LightningModule) -> dict[str, float]:
        """What is logged, over the batches since the last time."""
        seconds = max(time.perf_counter() - self.begun - (seconds_beside(trainer) - self.beside), 1e-9)
        row = {
            "speed/images_per_second": (animator.images_seen - self.images) / seconds,
            "speed/step_seconds": seconds / self.batches,
            "speed/data_wait_seconds": self.waited / self.batches,
            "speed/memory_gib": memory_gib(animator.device),
        }
        if self.operations and self.peak_tflops:
            row["speed/flops_utilisation"] = self.operations / seconds / (1e12 * self.peak_tflops)
        return row

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        if self.counter is not None:
            self.counter.__exit__(None, None, None)
            self.counter = None


class _Operations(TorchDispatchMode):
    """Counts multiplications and additions; torch's own counter cannot look on at a gradient penalty."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        answer = func(*args, **(kwargs or {}))
        if func._overloadpacket in flop_registry:
            self.total += flop_registry[func._overloadpacket](*args, **(kwargs or {}), out_val=answer)
        return answer


def matrix_tflops(device: torch.device, half: bool) -> float:
    """The best of a few products of large square matrices."""
    side = 8192 if device.type == "cuda" else 768
    kind = torch.bfloat16 if half else torch.float32
    one = torch.ones(side, side, device=device, dtype=kind)
    best = float("inf")
    for _ in range(4):
        if device.type == "cuda":
            torch.cuda.synchronize()
        begun = time.perf_counter()
        torch.matmul(one, one)
        if device.type == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - begun)
    return 2 * side**3 / best / 1e12


def memory_gib(device: torch.device) -> float:
    """The most that was held at once: by torch on a GPU, by the process elsewhere."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
