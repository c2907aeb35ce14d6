"""The one place where parameters change: the step, the averaged weights and the clock.

Manual optimization for every family, so that clipping, accumulation, schedules and averaging have one
rule each. All randomness comes from (seed, position of the sample in the run), so a run that was stopped
and resumed is the run that never stopped, and two ranks are one rank with the doubled batch.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import NamedTuple

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.core.optimizer import LightningOptimizer
from torch import Tensor, nn

from kineograph.animators.anneal import Anneal
from kineograph.animators.schedule import Schedule
from kineograph.core.errors import UserError, at_least
from kineograph.core.random import Noise, mix
from kineograph.core.sharding import shard, whole
from kineograph.core.types import Clip, Condition, Scalar

GLOBAL = 1  # branch of a batch's randomness that torch's own generator takes
NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "Unable to allocate")


class DivergedError(UserError):
    """A loss term or a gradient is no longer finite; raised before the update, so the weights are still good."""


class OutOfMemoryError(UserError):
    """A batch does not fit."""


class Player(NamedTuple):
    """An optimizer, what it moves, and by how much."""

    optimizer: partial[torch.optim.Optimizer]
    networks: list[nn.Module]
    schedule: Schedule
    grad_clip: float | None  # largest norm of the gradient; None = any
    beta2: Anneal | None = None  # of Adam's second moment; None = the optimizer's own, all along


class Trained(LightningModule, ABC):
    """Anything with parameters that learn: owns `step`, the averaged copy and `images_seen`.

    ``ema_halflife`` is in images; early on the half-life is a tenth of the images seen, so that the
    average forgets the initialisation.
    """

    def __init__(
        self,
        *,
        seed: int,
        ema_halflife: int,
        accumulate: int,  # batches to an update
        compile: bool,
    ):
        super().__init__()
        at_least(1, animator__accumulate=accumulate)
        self.automatic_optimization = False
        self.seed = seed
        self.ema_halflife = ema_halflife
        self.accumulate = accumulate
        self.compile_networks = compile
        self.images_seen = 0  # over all ranks
        self.batches_seen = 0
        self.averaged_images = 0  # images that the average has taken in
        self.averaged = nn.ModuleDict()
        self.terms: dict[str, Scalar] = {}  # of the batch at hand
        self.latest: dict[str, float] = {}  # the last logged terms, for progress lines

    @abstractmethod
    def learn(self, clip: Clip, condition: Condition, noise: Noise) -> None:
        """One batch: draw from ``noise``, build the terms, `step`."""

    @abstractmethod
    def optimized(self) -> list[Player]:
        """All that learn, in the order of their optimizers."""

    @abstractmethod
    def compiled(self) -> list[nn.Module]:
        """The networks that `compile=true` hands to torch.compile."""

    def average(self, **networks: nn.Module) -> None:
        """Names the networks that sampling uses; each gets an averaged copy."""
        for name, network in networks.items():
            self.averaged[name] = deepcopy(network).requires_grad_(False).eval()

    def configure_model(self) -> None:
        """Under trainer=fsdp each rank keeps a part of all that learns, and of its average."""
        if self.device_mesh is None:
            return
        learning = [network for player in self.optimized() for network in player.networks]
        if learning != self.compiled():  # what is not called as a whole would never be gathered
            raise UserError("trainer=fsdp is for animator=diffusion with animator.codec.images=0; use trainer=ddp here")
        for network in (*learning, *self.averaged.values()):
            shard(network, self.device_mesh["data_parallel"])

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        optimizers = []
        for player in self.optimized():
            parameters = [p for network in player.networks for p in network.parameters() if p.requires_grad]
            optimizer = player.optimizer(parameters)
            for group in optimizer.param_groups:
                group["initial_lr"] = group["lr"]
            optimizers.append(optimizer)
        return optimizers

    def on_fit_start(self) -> None:
        if self.compile_networks and not self.compiled():
            raise UserError("animator.compile: nothing of this animator can be compiled; leave it false")
        for network in self.compiled() if self.compile_networks else []:
            network.compile()

    def training_step(self, batch: tuple[Clip, Condition], batch_idx: int) -> None:
        clip, condition = batch
        size = condition.batch
        first = self.images_seen + self.global_rank * size
        self.terms.clear()
        # a network of yours with dropout resumes exactly, too; torch.manual_seed walks through every accelerator
        seed = torch.default_generator.manual_seed if self.device.type == "cpu" else torch.manual_seed
        seed(mix(self.seed, first, GLOBAL))
        try:
            self.learn(clip, condition, Noise.at(self.seed, first, size, self.device))
        except (RuntimeError, MemoryError) as error:
            if not isinstance(error, MemoryError) and not any(words in str(error) for words in NO_MEMORY):
                raise
            raise OutOfMemoryError(
                f"out of memory on {self.device} with data.batch_size={size}, films of "
                f"{' x '.join(map(str, clip.video.shape[1:]))} (frames, channels, height, width), "
                f"{self.trainer.precision}; lower data.batch_size and raise "
                "animator.accumulate as much, or try trainer=bf16, a smaller clip, "
                "checkpointing=true of a denoiser that has it"
            ) from error
        self.batches_seen += 1
        self.images_seen += size * self.trainer.world_size
        if self.batches_seen % self.trainer.log_every_n_steps == 0:
            self.log_terms()

    def step(
        self,
        number: int,  # which of `optimized`
        terms: Callable[[], dict[str, Scalar]],  # called with only this optimizer's parameters awake
        clip: Clip,
    ) -> None:
        """Backward through the sum of the terms; every ``accumulate`` batches clip and update."""
        optimizers = self.optimizers()
        optimizer = optimizers[number] if isinstance(optimizers, list) else optimizers
        assert isinstance(optimizer, LightningOptimizer)
        last = (self.batches_seen + 1) % self.accumulate == 0
        with optimizer.toggle_model(sync_grad=last):
            found = terms()
            self.check(found, clip)
            self.manual_backward(torch.stack(list(found.values())).sum() / self.accumulate)
            if last:
                player = self.optimized()[number]
                for group in optimizer.param_groups:
                    group["lr"] = group["initial_lr"] * player.schedule(self.images_seen)
                    if player.beta2 is not None:
                        group["betas"] = (group["betas"][0], player.beta2(self.images_seen))
                self.bound(optimizer, player, clip)
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
        self.terms.update({name: term.detach() for name, term in found.items()})

    def check(self, terms: dict[str, Scalar], clip: Clip) -> None:
        """Raises DivergedError, naming the terms and the clips, unless every term is finite."""
        values = torch.stack([term.detach() for term in terms.values()])
        if not bool(values.isfinite().all()):
            named = dict(zip(terms, values.tolist(), strict=True))
            bad = ", ".join(name for name, value in named.items() if not math.isfinite(value))
            raise self.diverged(f"the loss term {bad}", named, clip)

    def bound(self, optimizer: LightningOptimizer, player: Player, clip: Clip) -> None:
        """Shortens a gradient that is too long. Raises DivergedError where it is not finite."""
        held = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        norm = nn.utils.get_total_norm([p.grad for p in held])
        if not bool(whole(norm).isfinite()):
            with_grad = [(name, whole(p.grad)) for name, p in self.named_parameters() if p.grad is not None]
            bad = [name for name, gradient in with_grad if not bool(gradient.isfinite().all())]
            raise self.diverged(f"the gradient of {', '.join(bad[:3])}", {}, clip)
        if player.grad_clip is not None:
            nn.utils.clip_grads_with_norm_(held, player.grad_clip, norm)

    def diverged(self, what: str, terms: dict[str, float], clip: Clip) -> DivergedError:
        """The error that tells it, with the facts of the batch."""
        keys = clip.key.tolist()
        error = DivergedError(
            f"{what} is not finite after {self.images_seen} images; stopped before the update; "
            f"clips of the batch: {', '.join(map(str, keys))}; lower the learning rate or set animator.grad_clip"
        )
        error.facts = {
            "what": what,
            "images_seen": self.images_seen,
            "terms": {name: repr(value) for name, value in terms.items()},  # JSON has no nan
            "clips": keys,
        }
        return error

    def update_average(self, images: int) -> None:
        """Pulls the averaged copies towards the networks; once for every batch that moved them."""
        self.averaged_images += images
        halflife = min(self.ema_halflife, self.averaged_images // 10)
        keep = 0.5 ** (images / halflife) if halflife > 0 else 0.0
        for name, copy in self.averaged.items():
            network = getattr(self, name)
            with torch.no_grad():
                torch._foreach_lerp_(list(copy.parameters()), list(network.parameters()), 1 - keep)
                for kept, buffer in zip(copy.buffers(), network.buffers(), strict=True):
                    kept.copy_(buffer)

    def log_terms(self) -> None:
        """Sends the batch's terms, averaged over ranks, to the loggers against images seen."""
        values = self.trainer.strategy.reduce(torch.stack([t.float() for t in self.terms.values()]), reduce_op="mean")
        assert isinstance(values, Tensor)
        self.latest = {f"train/{name}": value for name, value in zip(self.terms, values.tolist(), strict=True)}
        for logger in self.loggers:
            logger.log_metrics(self.latest, step=self.images_seen)

    def get_extra_state(self) -> Tensor:
        return torch.tensor([self.images_seen, self.batches_seen, self.averaged_images])

    def set_extra_state(self, state: Tensor) -> None:
        self.images_seen, self.batches_seen, self.averaged_images = state.tolist()
