"""Step time, memory and model FLOPs utilisation (MFU) of flow_dit's sizes on one accelerator: bf16 and torch.compile.

    python benchmarks/gpu.py                       # S, B, L at 16 x 64 x 64 and 16 x 128 x 128 latents; writes gpu.md
    python benchmarks/gpu.py --toy                 # a few seconds on a CPU: that the command works; writes nothing

A step is forward, backward and fused AdamW of a rectified flow's loss. MFU counts the matrix products of forward and
backward, attention included, as torch counts them on the meta device (so not those that checkpointing repeats), and
divides by the clock and the machine's peak for dense bf16 (``--peak`` where the table below does not know it). What
does not fit is measured once more with checkpointing, and its row says so.
"""

import argparse
import gc
import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from kineograph.cli.compose import compose
from kineograph.core.build import build
from kineograph.core.types import Condition, Video

HERE = Path(__file__).parent
PEAK = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "4090": 165e12, "B200": 2250e12}  # dense bf16
CHANNELS = 4  # of the latents, as those of the usual picture autoencoder
FRAMES = 16
WARM, TIMED = 3, 10  # steps


def network_of(size: str, checkpointing: bool, toy: bool) -> nn.Module:
    words = ["animator=diffusion", f"animator/denoiser=dit_{size}", f"animator.denoiser.channels={CHANNELS}"]
    words += [f"animator.denoiser.known_channels={CHANNELS}", f"animator.denoiser.checkpointing={checkpointing}"]
    words += ["animator.denoiser.dim=32", "animator.denoiser.depth=1", "animator.denoiser.num_heads=2"] if toy else []
    return build(compose("train", words, []).config.animator.denoiser)


def told(batch: int, side: int, frames: int, device: str) -> Condition:
    known = torch.zeros(batch, frames, CHANNELS, side, side, device=device)
    return Condition(
        known=known,
        mask=known[:, :, :1],
        times=(torch.arange(frames, device=device) / 12).expand(batch, -1),
        label=torch.full((batch,), -1, device=device),
        text=torch.zeros(batch, 1, 1, device=device),
        text_mask=torch.zeros(batch, 1, dtype=torch.bool, device=device),
        motion=torch.full((batch,), torch.nan, device=device),
    )


def loss_of(network: nn.Module, clean: Video, condition: Condition) -> torch.Tensor:
    noise, level = torch.randn_like(clean), torch.rand(len(clean), device=clean.device)
    share = level[:, None, None, None, None]
    answer = network((1 - share) * clean + share * noise, level, condition)
    return (answer.float() - (noise - clean)).square().mean()


def flop_of(size: str, side: int, frames: int, toy: bool) -> int:
    """Of one clip's forward and backward pass; nothing is computed."""
    with torch.device("meta"):
        network = network_of(size, False, toy)
        condition = told(1, side, frames, "meta")
    with FlopCounterMode(display=False) as counter:
        loss_of(network, condition.known, condition).backward()
    return counter.get_total_flops()


def measure(size: str, side: int, checkpointing: bool, options: argparse.Namespace) -> dict[str, Any]:
    frames = 4 if options.toy else FRAMES
    device = "cuda" if torch.cuda.is_available() else "cpu"
    flop = flop_of(size, side, frames, options.toy)
    torch.manual_seed(0)
    network = network_of(size, checkpointing, options.toy).to(device)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, fused=True)
    condition = told(options.batch, side, frames, device)
    clean: Video = torch.randn_like(condition.known)

    def loss() -> torch.Tensor:
        with torch.autocast(device, torch.bfloat16):
            return loss_of(network, clean, condition)

    network.train()
    compiling = 0.0
    if options.compile:
        network.compile()
        started = time.perf_counter()
        loss().backward()
        optimizer.zero_grad()
        wait()
        compiling = time.perf_counter() - started
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    took = []
    for _ in range(WARM + TIMED):
        wait()
        started = time.perf_counter()
        loss().backward()
        optimizer.step()
        optimizer.zero_grad()
        wait()
        took.append(time.perf_counter() - started)
    seconds = statistics.median(took[WARM:])
    return {
        "parameters": sum(p.numel() for p in network.parameters()) / 1e6,
        "seconds": seconds,
        "compiling": compiling,
        "memory": torch.cuda.max_memory_allocated() / 2**30 if device == "cuda" else float("nan"),
        "flop": flop,
        "mfu": flop * options.batch / seconds / options.peak if options.peak else float("nan"),
    }


def wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=["s", "b", "l"])
    parser.add_argument("--sides", nargs="+", type=int, default=[64, 128], help="height and width of the latents")
    parser.add_argument("--batch", type=int, default=1, help="clips a step")
    parser.add_argument("--checkpointing", action="store_true", help="blocks are computed again on the way back")
    parser.add_argument("--eager", dest="compile", action="store_false", help="without torch.compile")
    parser.add_argument("--peak", type=float, help="FLOP/s of dense bf16; by the device's name if not given")
    parser.add_argument("--toy", action="store_true")
    parser.add_argument("--out", type=Path, default=HERE / "gpu.md")
    options = parser.parse_args()
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    if options.toy:
        options.sizes, options.sides = ["s"], [8]
    elif device == "CPU":
        print("benchmarks/gpu.py: no CUDA device here; --toy tries the command", file=sys.stderr)
        return 1
    options.peak = options.peak or next((peak for name, peak in PEAK.items() if name in device), None)
    torch.set_float32_matmul_precision("high")
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {device}, torch {torch.__version__}, bf16 autocast,"
        f" {'compiled' if options.compile else 'eager'}{', checkpointing' if options.checkpointing else ''},"
        f" batches of {options.batch}, command: python benchmarks/gpu.py {' '.join(sys.argv[1:])}",
        "",
        "| network | latents | M parameters | ms a step | s to compile | GiB at most | TFLOP a clip | MFU |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for size in options.sizes:
        for side in options.sides:
            row, note = None, ""
            for checkpointing in sorted({options.checkpointing, True}):
                torch.compiler.reset()  # of what was measured before, nothing stays
                gc.collect()
                torch.cuda.empty_cache()
                try:
                    row, note = measure(size, side, checkpointing, options), ", checkpointing" * checkpointing
                    break
                except torch.OutOfMemoryError:
                    continue
            shape = f"{4 if options.toy else FRAMES} x {side} x {side}"
            if row is None:
                lines.append(f"| dit_{size} | {shape} | | out of memory | | | | |")
            else:
                cells = [f"{row['parameters']:.0f}", f"{row['seconds'] * 1e3:.0f}", f"{row['compiling']:.0f}"]
                cells += [f"{row['memory']:.1f}", f"{row['flop'] / 1e12:.2f}", f"{row['mfu']:.2f}"]
                lines.append(f"| dit_{size}{note} | {shape} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    if not options.toy:
        options.out.write_text(HEAD + "\n".join(lines) + "\n")
    return 0


HEAD = """# flow_dit on one GPU

`python benchmarks/gpu.py` writes this page: step time, memory and model FLOPs utilisation in bf16 with torch.compile.
Goal: 40 % utilisation at L on one H100-class GPU.

"""


if __name__ == "__main__":
    sys.exit(main())
