"""Our networks beside peers of the same number of parameters, on the same clips, in one run.

A shared machine's speed drifts, so every round times every network once, and a network is compared with its peer by
the median of the rounds' ratios. Peak memory is the high-water mark of a process that does nothing else.

    python benchmarks/networks.py                   # about five minutes; writes benchmarks/results.md
    python benchmarks/networks.py --compile         # the same with torch.compile on ours
"""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads stall each other on a shared machine

import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from kineograph.core.random import Noise
from kineograph.core.types import Condition

ROOT = Path(__file__).resolve().parents[1]
FRAMES, SIZE, BATCH = 16, 32, 2
TEXT_DIM = 32
CALLS = {"unet3d": 35, "dit": 35, "video_diffusion_pytorch": 1000, "diffusers_unet3d": 50, "diffusers_latte": 50}
PEERS = {"unet3d": ["video_diffusion_pytorch", "diffusers_unet3d"], "dit": ["diffusers_latte"]}


def config(size: int) -> OmegaConf:
    """The parts' own YAML files under a clip of this size."""
    animator = ROOT / "conf" / "animator"
    tree = {
        "clip": OmegaConf.load(ROOT / "conf" / "clip" / "tiny.yaml"),
        "animator": {
            "codec": OmegaConf.load(animator / "codec" / "motion.yaml"),
            "generator": OmegaConf.load(animator / "generator" / "motion.yaml"),
        },
        "unet3d": OmegaConf.load(animator / "denoiser" / "unet3d.yaml"),
        "dit": OmegaConf.load(animator / "denoiser" / "dit.yaml"),
    }
    tree = OmegaConf.create(tree)
    tree.clip.update({"height": size, "width": size, "num_frames": FRAMES})
    return tree


def condition(batch: int, size: int) -> Condition:
    """A picture to be set in motion."""
    known = torch.rand(batch, FRAMES, 3, size, size) * 2 - 1
    mask = torch.zeros(batch, FRAMES, 1, size, size)
    mask[:, 0] = 1
    return Condition(
        known=known * mask,
        mask=mask,
        times=(torch.arange(FRAMES) / 12).expand(batch, FRAMES),
        label=torch.zeros(batch, dtype=torch.long),
        text=torch.zeros(batch, 1, TEXT_DIM),
        text_mask=torch.zeros(batch, 1, dtype=torch.bool),
        motion=torch.ones(batch),
    )


def build(name: str) -> tuple[nn.Module, Callable[[int], Tensor]]:
    """A network and a call of it on so many fresh noisy clips."""
    torch.manual_seed(0)
    if name in PEERS:
        network = instantiate(config(SIZE)[name], _convert_="all")
        return network, lambda b: network(torch.randn(b, FRAMES, 3, SIZE, SIZE), torch.rand(b), condition(b, SIZE))
    if name == "video_diffusion_pytorch":
        from video_diffusion_pytorch import Unet3D

        network = Unet3D(dim=32, dim_mults=(1, 2, 4))
        return network, lambda b: network(torch.randn(b, 3, FRAMES, SIZE, SIZE), torch.rand(b))
    if name == "diffusers_unet3d":
        from diffusers import UNet3DConditionModel

        network = UNet3DConditionModel(
            sample_size=SIZE,
            in_channels=3,
            out_channels=3,
            down_block_types=("CrossAttnDownBlock3D", "CrossAttnDownBlock3D", "DownBlock3D"),
            up_block_types=("UpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D"),
            block_out_channels=(32, 64, 80),
            layers_per_block=1,
            cross_attention_dim=TEXT_DIM,
            attention_head_dim=16,
            norm_num_groups=16,
        )
        return (
            network,
            lambda b: (
                network(torch.randn(b, 3, FRAMES, SIZE, SIZE), torch.rand(b) * 1000, torch.zeros(b, 1, TEXT_DIM)).sample
            ),
        )
    from diffusers import LatteTransformer3DModel

    network = LatteTransformer3DModel(
        num_attention_heads=4,
        attention_head_dim=48,
        in_channels=3,
        out_channels=3,
        num_layers=4,
        cross_attention_dim=192,
        attention_bias=True,
        sample_size=SIZE,
        patch_size=4,
        activation_fn="gelu-approximate",
        num_embeds_ada_norm=1000,
        norm_type="ada_norm_single",
        norm_elementwise_affine=False,
        norm_eps=1e-6,
        caption_channels=TEXT_DIM,
        video_length=FRAMES,
    )
    return (
        network,
        lambda b: (
            network(
                torch.randn(b, 3, FRAMES, SIZE, SIZE), (torch.rand(b) * 1000).long(), torch.zeros(b, 1, TEXT_DIM)
            ).sample
        ),
    )


def measure_memory(name: str) -> float:
    """MiB that two training steps need above the process with the network at rest."""
    network, call = build(name)
    step = trainer(network, call)
    rest = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    for _ in range(2):
        step()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10 - rest


def trainer(network: nn.Module, call: Callable[[int], Tensor]) -> Callable[[], None]:
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, fused=True)

    def step() -> None:
        call(BATCH).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def limits() -> dict[str, tuple[Callable[[], object], float]]:
    """What this machine can do at best: work and its GFLOP."""
    a, b = torch.randn(2048, 768), torch.randn(768, 768)
    conv = nn.Conv2d(96, 96, 3, padding=1).to(memory_format=torch.channels_last)
    x = torch.randn(32, 96, 32, 32).to(memory_format=torch.channels_last).requires_grad_()
    gflop = 2 * 9 * 96 * 96 * 1024 * 32 / 1e9

    def product() -> Tensor:
        with torch.no_grad():
            return a @ b

    def forward() -> Tensor:
        with torch.no_grad():
            return conv(x)

    return {
        "matrix product": (product, 2 * 2048 * 768 * 768 / 1e9),
        "convolution": (forward, gflop),
        "convolution, forward + backward": (lambda: conv(x).sum().backward(), 3 * gflop),
    }


def generator_call() -> Callable[[], object]:
    """The quickstart GAN from one 64 x 64 picture to its film: generator and codec."""
    tree = config(64)
    generator = instantiate(tree.animator.generator, _convert_="all").eval()
    codec = instantiate(tree.animator.codec.network, _convert_="all").eval()
    picture, noise = condition(1, 64), Noise([0])

    def call() -> object:
        with torch.no_grad():
            told = codec.encode_condition(picture)
            return codec.decode(generator(told, generator.sample_latent(told, noise)).video, picture)

    return call


def ratio(times: dict[str, list[float]], ours: str, peer: str) -> str:
    ratios = [a / b for a, b in zip(times[ours], times[peer], strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--budget", type=float, default=120, help="seconds of timing")
    parser.add_argument("--compile", action="store_true", help="torch.compile for our networks")
    parser.add_argument("--memory", help=argparse.SUPPRESS)  # in the child process
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "results.md")
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    if chosen.memory:
        print(measure_memory(chosen.memory))
        return

    names = [*PEERS, *(peer for peers in PEERS.values() for peer in peers)]
    built = {name: build(name) for name in names}
    parameters = {name: sum(p.numel() for p in network.parameters()) / 1e6 for name, (network, _) in built.items()}
    for ours, peers in PEERS.items():
        for peer in peers:
            apart = abs(parameters[ours] / parameters[peer] - 1)
            assert apart < 0.1, f"{ours} has {parameters[ours]:.2f} M parameters, {peer} {parameters[peer]:.2f} M"
    memory = {}
    for name in names:
        command = [sys.executable, __file__, "--memory", name, "--threads", str(chosen.threads)]
        memory[name] = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])
        print(f"{name}: {memory[name]:.0f} MiB", flush=True)

    gflop = {}
    for name, (_, call) in built.items():
        with FlopCounterMode(display=False) as counter:
            call(BATCH).square().mean().backward()
        gflop[name] = counter.get_total_flops() / 1e9
        print(f"{name}: {parameters[name]:.2f} M parameters, {gflop[name]:.0f} GFLOP a step", flush=True)
    if chosen.compile:
        for name in PEERS:
            built[name][0].compile()
            print(f"{name}: {seconds(trainer(*built[name])):.0f} s to compile", flush=True)
    steps = {name: trainer(*parts) for name, parts in built.items()}
    best = limits()
    generate = generator_call()

    times: dict[str, list[float]] = {name: [] for name in names}
    calls: dict[str, list[float]] = {name: [] for name in names}
    rates: dict[str, list[float]] = {name: [] for name in best}
    films: list[float] = []
    start, rounds = time.perf_counter(), -1  # the first round warms up
    while rounds < 3 or time.perf_counter() - start < chosen.budget:
        rounds += 1
        for kind, (work, work_gflop) in best.items():
            took = min(seconds(work) for _ in range(5))
            if rounds:
                rates[kind].append(work_gflop / took)
        for name in names:
            took = seconds(steps[name])
            with torch.no_grad():
                call_took = seconds(lambda call=built[name][1]: call(BATCH)) / BATCH
            if rounds:
                times[name].append(took / BATCH)
                calls[name].append(call_took)
        if rounds:
            films.append(seconds(generate))

    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, load"
        f" {os.getloadavg()[1]:.1f}, torch {torch.__version__}, {chosen.threads} threads, fp32,"
        f" clips of {FRAMES} x 3 x {SIZE} x {SIZE} in batches of {BATCH}, {rounds} rounds"
        f"{', ours compiled' if chosen.compile else ''}",
        "",
        "| network | M parameters | training, s a clip | GFLOP a clip | GFLOP/s | memory of a step, MiB |"
        " one call, s a clip | calls of its default sampler | sampling, s a clip |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in names:
        took, call_took = statistics.median(times[name]), statistics.median(calls[name])
        lines.append(
            f"| {name} | {parameters[name]:.2f} | {took:.3f} | {gflop[name] / BATCH:.1f} |"
            f" {gflop[name] / BATCH / took:.0f} | {memory[name]:.0f} | {call_took:.3f} | {CALLS[name]} |"
            f" {CALLS[name] * call_took:.1f} |"
        )
    lines += ["", "| ours / peer | training time | memory | one call |", "|---|---|---|---|"]
    for ours, peers in PEERS.items():
        for peer in peers:
            lines.append(
                f"| {ours} / {peer} | {ratio(times, ours, peer)} | {memory[ours] / memory[peer]:.2f} |"
                f" {ratio(calls, ours, peer)} |"
            )
    lines += ["", "| this machine, same rounds | GFLOP/s, median |", "|---|---|"]
    lines += [f"| {kind} | {statistics.median(rates[kind]):.0f} |" for kind in best]
    for name in PEERS:
        shares = {
            kind: statistics.median(
                gflop[name] / BATCH / took / rate for took, rate in zip(times[name], rates[kind], strict=True)
            )
            for kind in best
        }
        told = ", ".join(f"{share:.2f} of the {kind} rate" for kind, share in shares.items())
        lines.append(f"| {name}, whole step | {told} |")
    lines.append(f"| GAN, picture to film, 64 x 64 | {FRAMES / statistics.median(films):.0f} frames a second |")
    chosen.output.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
