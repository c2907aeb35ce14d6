"""How far each sampler is from the end of the ODE after few steps: of a trained run, and of data with a closed form.

    python experiments/samplers/measure.py                       # the shipped flow, drawn pictures: about two minutes
    python experiments/samplers/measure.py --run RUN --clips 64  # a run of yours, its own held-out clips

Every sampler starts from the same noise of the same clips and is held, clip by clip, against 1,000 steps of Heun: the
root mean square of the difference in the pixels of [-1, 1]. A step is one interval of the grid; Heun calls the denoiser
twice in it. Writes samplers.csv, samplers.svg and table.md beside this file; the closed form (a bell, where the best
denoiser and the ODE's end are known) is in gaussian.svg, and its slopes are tested in tests/samplers.
"""

import argparse
import csv
import math
import time
from pathlib import Path
from typing import Any

import torch

from kineograph.cli.compose import compose
from kineograph.cli.older import up_to_date
from kineograph.core.build import build
from kineograph.core.protocols import Sampler
from kineograph.core.random import Noise, mix
from kineograph.core.run import Run
from kineograph.core.types import Clip, Video
from kineograph.processes.rectified_flow import RectifiedFlow
from kineograph.runtime.loaded import load, shipped_folder
from kineograph.samplers.adams_bashforth import AdamsBashforth
from kineograph.samplers.dpm_solver_pp import DpmSolverPp
from kineograph.samplers.euler import Euler
from kineograph.samplers.heun import Heun
from kineograph.samplers.karras_grid import KarrasGrid
from kineograph.samplers.unipc import Unipc

HERE = Path(__file__).parent
TRUTH = 1000  # steps of Heun
STEPS = [5, 10, 20]
MEAN, STD = 0.3, 0.5  # of the bell
COLOURS = ["#000000", "#0072b2", "#d55e00", "#cc79a7", "#7f7f7f", "#009e73", "#e69f00"]
KARRAS = {"ratio_min": 0.01, "ratio_max": 80.0, "rho": 7.0}  # conf/animator/sampler/karras_grid.yaml


def samplers(num_steps: int) -> dict[str, Sampler]:
    return {
        "euler": Euler(num_steps=num_steps),
        "heun": Heun(num_steps=num_steps),
        "dpm_solver_pp_2m": DpmSolverPp(num_steps=num_steps, order=2),
        "dpm_solver_pp_3m": DpmSolverPp(num_steps=num_steps, order=3),
        "dpm_solver_pp_2m_karras": KarrasGrid(sampler=DpmSolverPp(num_steps=num_steps, order=2), **KARRAS),
        "unipc": Unipc(num_steps=num_steps, order=2),
        "adams_bashforth": AdamsBashforth(num_steps=num_steps, order=3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="a diffusion run; the shipped flow if not given")
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--truth", type=int, default=TRUTH, help="steps of Heun that count as the end")
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    gaussian(options.out / "gaussian.svg")
    run = Run.open(options.run or shipped_folder("flow"))
    config = up_to_date(run, [], ("animator", "data"))
    model = load(run, config, "cpu", "trained" if options.run else "shipped")
    rows = measure(model.animator, clips(config, options), options)
    with (options.out / "samplers.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (options.out / "table.md").write_text(table(rows, model.name, options))
    plot(rows, f"{model.name}, {options.clips} clips", options.out / "samplers.svg")
    print((options.out / "table.md").read_text())


def clips(config: dict[str, Any], options: argparse.Namespace) -> tuple[Clip, Any]:
    """The run's own held-out clips; for the shipped flow drawn ones, which need no store."""
    if options.run is None:
        shape = [f"clip.{key}={value}" for key, value in config["clip"].items()]
        config = {"data": compose("train", ["data=moving_shapes", *shape], []).config.data}
    data = build(config["data"])
    clip = next(iter(data.held_out_loader(options.clips, num_clips=options.clips)))
    return clip, data.task


def measure(animator: Any, given: tuple[Clip, Any], options: argparse.Namespace) -> list[dict[str, Any]]:
    clip, task = given
    condition = task(clip)
    seeds = torch.tensor([mix(0, key) for key in clip.key.tolist()])
    known = condition.mask.expand_as(clip.video) > 0

    def film(sampler: Sampler) -> Video:
        animator.sampler = sampler
        return animator.animate(condition, Noise(seeds))

    true = film(Heun(num_steps=options.truth))
    rows = []
    for num_steps in STEPS:
        for name, sampler in samplers(num_steps).items():
            started = time.perf_counter()
            apart = (film(sampler) - true).masked_fill(known, 0).square().flatten(1).sum(dim=1)
            rmse = (apart / (~known).flatten(1).sum(dim=1)).sqrt()
            seconds = (time.perf_counter() - started) / len(rmse)
            error = rmse.std().item() / math.sqrt(len(rmse)) if len(rmse) > 1 else math.nan
            rows.append(
                {
                    "sampler": name,
                    "steps": num_steps,
                    "rmse": rmse.mean().item(),
                    "standard_error": error,
                    "seconds_per_clip": seconds,
                }
            )
            print(f"{name} {num_steps}: {rmse.mean():.5f}", flush=True)
    return rows


def table(rows: list[dict[str, Any]], name: str, options: argparse.Namespace) -> str:
    found = {(row["sampler"], row["steps"]): row for row in rows}
    half = found["euler", 10]["rmse"] / 2
    lines = [
        f"{name}, {options.clips} clips, mean over clips of the RMSE to {options.truth} steps of Heun at the same noise"
        " (standard error)",
        "",
        f"| sampler | {' | '.join(f'{n} steps' for n in STEPS)} | at 10 steps, against Euler |",
        "|---" * (2 + len(STEPS)) + "|",
    ]
    for sampler in samplers(1):
        cells = [f"{found[sampler, n]['rmse']:.4f} ({found[sampler, n]['standard_error']:.4f})" for n in STEPS]
        lines.append(f"| {sampler} | {' | '.join(cells)} | {found[sampler, 10]['rmse'] / 2 / half:.2f} |")
    reached = max(found[one, 10]["rmse"] for one in ("dpm_solver_pp_2m", "heun")) <= half
    goal = "Goal: dpm_solver_pp_2m and heun at 10 steps at most 0.50 of Euler"
    lines += ["", f"{goal}: {'reached' if reached else 'missed'}."]
    return "\n".join(lines) + "\n"


def plot(rows: list[dict[str, Any]], title: str, path: Path) -> None:
    """Error against steps, both logarithmic, as SVG."""
    width, height, left, bottom = 520, 400, 60, 50

    def along(value: float, values: list[float], first: float, last: float) -> float:
        low, high = math.log(min(values)), math.log(max(values))
        return first + (last - first) * (math.log(value) - low) / max(high - low, 1e-9)

    steps = [row["steps"] for row in rows]
    errors = [max(float(row["rmse"]), 1e-12) for row in rows]
    parts = [f'<text x="{width / 2}" y="20" text-anchor="middle">{title}</text>']
    for step in sorted(set(steps)):
        x = along(step, steps, left, width - 130)
        parts.append(f'<text x="{x}" y="{height - bottom + 20}" text-anchor="middle">{step}</text>')
    decades = range(math.floor(math.log10(min(errors))), math.ceil(math.log10(max(errors))) + 1)
    for tick in (first * 10.0**power for power in decades for first in ((1,) if len(decades) > 3 else (1, 2, 5))):
        if not min(errors) <= tick <= max(errors):
            continue
        y = along(tick, errors, height - bottom, 40)
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{tick:.0e}</text>')
        parts.append(f'<path d="M{left} {y} H{width - 130}" stroke="#ddd"/>')
    parts.append(f'<text x="{(left + width - 130) / 2}" y="{height - 10}" text-anchor="middle">steps</text>')
    parts.append(f'<text x="{left}" y="30" text-anchor="end">RMSE</text>')
    for number, (name, colour) in enumerate(zip(samplers(1), COLOURS, strict=True)):
        mine = [
            (along(n, steps, left, width - 130), along(e, errors, height - bottom, 40))
            for n, e in ((row["steps"], max(float(row["rmse"]), 1e-12)) for row in rows if row["sampler"] == name)
        ]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in mine)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in mine]
        parts.append(f'<text x="{width - 122}" y="{60 + 18 * number}" fill="{colour}">{name}</text>')
    style = (
        f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" font-size="11"'
    )
    path.write_text(
        f"<svg {style}>\n<rect width='100%' height='100%' fill='white'/>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def gaussian(path: Path) -> None:
    """Error against steps where the end is known: pixels of normal(MEAN, STD^2) along a rectified flow."""
    process = RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=1.0)
    noise = Noise.at(0, 0, 2)
    start = noise.normal(3, 1, 4, 4).double()
    end = MEAN + STD * start  # the level 1 is pure noise: so many deviations from the mean, all along

    def denoise(noisy: Video, level: torch.Tensor) -> Video:
        sigma = level.reshape(-1, *[1] * (noisy.ndim - 1))
        alpha = 1 - sigma
        return MEAN + alpha * STD**2 / ((alpha * STD) ** 2 + sigma**2) * (noisy - alpha * MEAN)

    rows = [
        {"sampler": name, "steps": n, "rmse": (sampler(process, denoise, start, noise) - end).square().mean().sqrt()}
        for n in (5, 10, 20, 40, 80, 160)
        for name, sampler in samplers(n).items()
    ]
    plot(rows, "a bell along a rectified flow", path)


if __name__ == "__main__":
    main()
