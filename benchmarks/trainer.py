"""A training step of kineograph against a bare PyTorch loop over the same networks, losses and data.

Both train in one process and take turns: whenever the trainer asks for the next batch, the bare loop makes one step on
the same batch first. A step is what lies between two batches, reading included: hooks, transfers, guards, logging and
callbacks on one side, ``loss.backward(); optimizer.step()`` on the other. A slow moment of the machine hits a pair, so
the answer is the median of the pairs' ratios, with its bootstrap interval.

    python benchmarks/trainer.py                        # both quickstarts, 200 steps each
    python benchmarks/trainer.py --steps 400 --threads 2
    python benchmarks/trainer.py --cpu-time             # on a shared machine: waiting for it does not count
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads stall each other on a shared machine

import numpy as np
import torch
from torch import Tensor, nn

from kineograph.cli.compose import compose
from kineograph.cli.train import prepare
from kineograph.core.build import build
from kineograph.core.random import Noise, mix
from kineograph.core.types import Clip, Condition, Generated
from kineograph.runtime.worker import QUIET

WARM_UP = 20  # steps that do not count: the operations of the first ones are counted for speed/flops_utilisation
FAMILIES = {"gan": ["experiment=quickstart_gan"], "flow": ["experiment=quickstart_flow"]}
SETTING = ["data=moving_shapes", "metrics=[]", "animator.codec.images=0", "task=image_to_video"]
CALLBACKS = "callbacks=[progress,preemption,loss_guard,checkpoint,speed]"  # the default ones but preview and evaluation
Step = Callable[[Clip, Condition, Noise], None]


def descend(optimizer: torch.optim.Optimizer, terms: dict[str, Tensor], grad_clip: float | None) -> None:
    """As every training script does it."""
    torch.stack(list(terms.values())).sum().backward()
    if grad_clip is not None:
        nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], grad_clip)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def follow(copy: nn.Module, network: nn.Module, keep: float) -> None:
    """The averaged weights."""
    with torch.no_grad():
        torch._foreach_lerp_(list(copy.parameters()), list(network.parameters()), 1 - keep)


def bare_flow(animator: Any) -> Step:
    optimizer = animator.optimizer([p for p in animator.denoiser.parameters() if p.requires_grad])

    def step(clip: Clip, condition: Condition, noise: Noise) -> None:
        with torch.no_grad():
            latents = animator.coder.encode(clip.video, condition)
        told = animator.coder.encode_condition(condition.untold(noise.bernoulli(animator.condition_dropout)))
        level = animator.process.sample_level(noise, latents.shape[1])
        terms = animator.denoising_terms(latents, told, level, noise.normal(*latents.shape[1:]))
        descend(optimizer, terms, animator.grad_clip)
        follow(animator.averaged["denoiser"], animator.denoiser, 0.999)

    return step


def bare_gan(animator: Any) -> Step:
    makes = animator.optimizer([p for p in animator.generator.parameters() if p.requires_grad])
    judges = animator.discriminator_optimizer([p for p in animator.discriminators.parameters() if p.requires_grad])

    def step(clip: Clip, condition: Condition, noise: Noise) -> None:
        with torch.no_grad():
            real = animator.coder.encode(clip.video, condition)
        told = animator.coder.encode_condition(condition)
        codes = [animator.generator.sample_latent(told, noise) for _ in range(animator.num_answers)]
        between = noise.uniform()
        looks = [animator.view.draw(real, noise.branch(1).branch(turn), 0) for turn in (0, 1)]
        animator.discriminators.requires_grad_(False)
        answers = [animator.generator(told, latent) for latent in codes]
        extras = {"view": looks[0]} | answers[0].extras
        if animator.num_answers > 1:
            distance = [(a - b).abs().flatten(1).float() for a, b in zip(codes[0], codes[1], strict=True)]
            extras |= {"second": answers[1].video, "codes_apart": torch.cat(distance, dim=1).mean(dim=1)}
        made = Generated(answers[0].video, extras)
        descend(makes, animator.generator_terms(real, told, codes[0], made), animator.grad_clip)
        animator.discriminators.requires_grad_(True)
        extras = {"interpolation": between, "view": looks[1]}
        if animator.penalties and animator.penalty_due:
            extras["perturbation"] = noise.branch(2).normal(*made.video.shape[1:]).to(real)
        fake = Generated(made.video.detach(), extras)
        terms, sure = animator.discriminator_terms(real, told, codes[0], fake)
        descend(judges, terms, animator.grad_clip)
        animator.view.adapt(sure, condition.batch)
        follow(animator.averaged["generator"], animator.generator, 0.999)
        animator.batches_seen += 1  # lazy penalties

    return step


class TakingTurns:
    """The trainer's loader: before it hands out a batch, the bare loop makes its step on the same one."""

    def __init__(self, loader: Any, task: Any, bare: Step, seed: int, clock: Callable[[], float]):
        self.loader, self.task, self.bare, self.seed, self.clock = loader, task, bare, seed, clock
        self.ours: list[float] = []
        self.bares: list[float] = []

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Clip]:
        place, batches = 0, iter(self.loader)
        for number in range(len(self.loader)):
            begun = self.clock()
            clip = self.loader.dataset[number]
            self.bare(clip, self.task(clip), Noise.at(self.seed, place, len(clip.key)))
            self.bares.append(self.clock() - begun)
            begun = self.clock()
            clip = next(batches)
            yield clip
            self.ours.append(self.clock() - begun)
            place += len(clip.key)


def measure(family: str, steps: int, batch_size: int, clock: Callable[[], float], folder: Path) -> dict[str, Any]:
    """Seconds a step of both, over so many pairs."""
    overrides = [
        *FAMILIES[family],
        *SETTING,
        CALLBACKS,
        f"data.batch_size={batch_size}",
        f"max_images={batch_size * (steps + WARM_UP + 1)}",
        f'run_dir="{folder / family}"',
    ]
    run = prepare(compose("train", overrides, []), overrides)
    config = run.config()
    torch.manual_seed(mix(config["seed"], 0))
    animator = build(config["animator"])
    twin = build(config["animator"])
    twin.load_state_dict(animator.state_dict())
    data = build(config["data"])
    data.stop_position = config["max_images"]
    data.setup()
    bare = {"gan": bare_gan, "flow": bare_flow}[family](twin)
    turns = TakingTurns(data.train_dataloader(0, 1), data.task, bare, config["seed"], clock)
    data.train_dataloader = lambda: turns
    callbacks = [build(node) for node in config["callbacks"].values()]
    loggers = [build(node) for node in config["logger"].values()]
    with warnings.catch_warnings():
        for message in QUIET:
            warnings.filterwarnings("ignore", message=message)
        trainer = build(config["trainer"], callbacks=callbacks, logger=loggers, default_root_dir=str(run.path))
        trainer.fit(animator, datamodule=data)
    # the trainer never asks beyond the last batch, so its last step has no end
    ours, bares = np.array(turns.ours[WARM_UP:]), np.array(turns.bares[WARM_UP : len(turns.ours)])
    ratios = ours / bares
    draws = np.random.default_rng(0).choice(ratios, (2000, len(ratios)))
    low, high = np.quantile(np.median(draws, axis=1), [0.025, 0.975])
    return {
        "steps": len(ratios),
        "ours": statistics.median(ours),
        "bare": statistics.median(bares),
        "ratio": float(np.median(ratios)),
        "low": float(low),
        "high": float(high),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="A kineograph step beside a bare PyTorch one.")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cpu-time", action="store_true", help="processor time of all threads, not the wall clock")
    parser.add_argument("--families", nargs="*", default=list(FAMILIES), choices=list(FAMILIES))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    load = os.getloadavg()[0]
    clock = time.process_time if options.cpu_time else time.perf_counter
    print(
        f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, torch "
        f"{torch.__version__}, {options.threads} thread(s), batches of {options.batch_size}, "
        f"{'processor' if options.cpu_time else 'wall-clock'} time\n"
    )
    print("| training | steps | kineograph, ms a step | bare loop, ms a step | ratio, median | its 95 % interval |")
    print("|---|---|---|---|---|---|")
    for family in options.families:
        with tempfile.TemporaryDirectory() as folder:
            row = measure(family, options.steps, options.batch_size, clock, Path(folder))
        print(
            f"| quickstart_{family} | {row['steps']} | {1e3 * row['ours']:.1f} | {1e3 * row['bare']:.1f} | "
            f"{row['ratio']:.4f} | {row['low']:.4f} to {row['high']:.4f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
