"""Parameters, arithmetic and memory of every named system at its three sizes, one clip animated.

    python benchmarks/sizes.py                     # writes sizes.md; most of its minutes go to the paper sizes
    python benchmarks/sizes.py --only mocogan_gru  # some of them, to the terminal

Parameters are counted on the meta device, where nothing is allocated; GFLOP and memory on one real animated clip, which
is counted, not timed. A diffusion row is a single step of its sampler; ``passes`` are the calls of its network in it,
of which the first alone is computed: the others cost the same.
"""

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from kineograph.cli.compose import compose
from kineograph.core.build import build, conf_dir
from kineograph.core.random import Noise
from kineograph.core.types import Clip
from kineograph.report.table import count
from kineograph.runtime.cost import cost

HERE = Path(__file__).parent
SIZES = ("", "_small", "_paper")
HEADS = ("clip", "network", "judges", "codec", "passes", "GFLOP a clip", "MiB made on the way")


def parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def blank(config: Any) -> Clip:
    """One black clip of the experiment's shape; its caption is one zero word."""
    clip = config.clip
    return Clip(
        video=torch.zeros(1, clip.num_frames, clip.channels, clip.height, clip.width),
        times=torch.arange(clip.num_frames)[None] / clip.fps,
        label=torch.zeros(1, dtype=torch.long),
        text=torch.zeros(1, 1, max(1, clip.text_dim)),
        text_mask=torch.ones(1, 1, dtype=torch.bool),
        factors=torch.full((1, 6), torch.nan),
        key=torch.zeros(1, dtype=torch.long),
    )


@contextlib.contextmanager
def computed_once(network: nn.Module) -> Iterator[Callable[[], float]]:
    """Later calls get the first one's answer. Yields what tells the GFLOP that were spared."""
    forward, answers, flops, calls = network.forward, [], FlopCounterMode(display=False), 0

    def answer(*inputs: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if not answers:
            with flops:
                answers.append(forward(*inputs, **named))
        return answers[0].clone()

    network.forward = answer
    try:
        yield lambda: (calls - 1) * flops.get_total_flops() / 1e9
    finally:
        network.forward = forward


def measure(family: str, name: str) -> str:
    config = compose("train", [f"experiment={family}/{name}"], []).config
    if "sampler" in config.animator:
        config.animator.sampler.num_steps = 1
    with torch.device("meta"):
        whole = build(config.animator)
    network = whole.generator if hasattr(whole, "generator") else whole.denoiser
    judges = parameters(whole.discriminators) if hasattr(whole, "discriminators") else 0
    codec = parameters(whole.coder) if hasattr(whole, "coder") else 0
    animator, clip = build(config.animator).eval(), blank(config)
    condition, networks = build(config.data.task)(clip), list(animator.averaged.values())
    with contextlib.ExitStack() as stack:
        spared = [stack.enter_context(computed_once(net)) for net in networks] if family == "diffusion" else []
        spent = cost(animator, networks, condition, Noise([0]))
        gflop = spent.gflop + sum(told() for told in spared)
    shape = f"{config.clip.num_frames} x {config.clip.height} x {config.clip.width}"
    cells = [name, shape, *(count(number) if number else "" for number in (parameters(network), judges, codec))]
    return f"| {' | '.join(cells)} | {spent.network_calls} | {gflop:,.1f} | {spent.peak_mib:,.0f} |"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="systems, with commas between; without their size")
    options = parser.parse_args(argv)
    lines = [f"# {(__doc__ or '').splitlines()[0]}", ""]
    lines += [f"`python benchmarks/sizes.py`, torch {torch.__version__}, float32.", ""]
    wanted = [*filter(None, options.only.split(","))]
    for family in ("gan", "diffusion"):
        names = {path.stem for path in (conf_dir() / "experiment" / family).glob("*.yaml")}
        systems = sorted(name for name in names if not name.endswith(SIZES[1:]))
        lines += [f"## {family}", "", f"| | {' | '.join(HEADS)} |", "|---" * (len(HEADS) + 1) + "|"]
        for system in systems:
            for name in (system + size for size in SIZES if system + size in names):
                if not wanted or system in wanted:
                    lines.append(measure(family, name))
                    print(lines[-1], flush=True)
        lines.append("")
    if not wanted:
        (HERE / "sizes.md").write_text("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
