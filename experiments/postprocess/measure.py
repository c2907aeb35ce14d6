"""What every post-processing step does to every metric: on real films damaged in the way that the step should mend, and
on the films of a model.

    python experiments/postprocess/measure.py                        # drawn clips, the shipped flow: some minutes
    python experiments/postprocess/measure.py --clips 64 --data fluent_emoji
    python experiments/postprocess/measure.py --run RUN              # the films of a run of yours

One number a clip before and after; the table holds the mean difference with a paired interval (95 %, bootstrap over
clips). A step should move the number named beside it towards the good side, and leave the others within their intervals
or move them to the good side as well. Distances are to the undamaged film (psnr, perceptual, steps_error); of a model's
films only those are measured that need no truth. Writes table.md.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from kineograph.cli.compose import compose
from kineograph.cli.older import up_to_date
from kineograph.core.build import build
from kineograph.core.random import Noise, mix
from kineograph.core.run import Run
from kineograph.core.types import Video
from kineograph.core.video import Film, to_float, to_uint8
from kineograph.core.warp import resize
from kineograph.networks.pretrained.squeeze11_distance import Squeeze11Distance
from kineograph.runtime.loaded import load, shipped_folder

HERE = Path(__file__).parent
DISTANCE = Squeeze11Distance(size=64, batch_size=16)


def seeded(video: Video, tag: int) -> torch.Generator:
    return torch.Generator().manual_seed(mix(tag, int(((video + 1) * 127.5).round().long().sum())))


def noisy(video: Video) -> Video:
    return (video + 0.15 * torch.randn(video.shape, generator=seeded(video, 1))).clamp(-1, 1)


def flickering(video: Video) -> Video:
    gain = 1 + 0.15 * torch.randn(1, video.shape[1], 1, 1, 1, generator=seeded(video, 2))
    return ((video + 1) * gain - 1).clamp(-1, 1)


def trembling(video: Video) -> Video:
    """Every frame has grain of its own, finer than objects: what a motion-compensated average takes away."""
    return (video + 0.1 * torch.randn(video.shape, generator=seeded(video, 3))).clamp(-1, 1)


def tinted(video: Video) -> Video:
    """All frames but the given first one have drifted in colour."""
    scale = torch.tensor([0.8, 1.0, 0.9])[: video.shape[2]].view(1, 1, -1, 1, 1)
    drift = torch.linspace(0, 1, video.shape[1])[None, :, None, None, None]
    return (video * (1 + drift * (scale - 1)) - 0.15 * drift).clamp(-1, 1)


def halved(video: Video) -> Video:
    return video[:, ::2]


def small(video: Video) -> Video:
    return resize(video, (video.shape[-2] // 2, video.shape[-1] // 2))


def whole(video: Video) -> Video:
    return video


# step: damage, the number that should get better
STEPS: dict[str, tuple[Callable[[Video], Video], str]] = {
    "denoise": (noisy, "psnr"),
    "smooth": (trembling, "steps_error"),
    "deflicker": (flickering, "flicker"),
    "colour_match": (tinted, "psnr"),
    "close_loop": (whole, "seam"),
    "interpolate": (halved, "psnr"),
    "upscale": (small, "psnr"),
}
LARGER_IS_BETTER = {"psnr"}
NEUTRAL = {"motion", "sharpness"}  # more is neither better nor worse


def numbers(video: Video, truth: Video | None, seconds: float) -> dict[str, float]:
    """One row of one film (1 t c h w); ``truth`` has as many frames of the same size, or is None."""
    levels = (video + 1) / 2
    step = levels.diff(dim=1).abs().mean(dim=(0, 2, 3, 4))  # t-1
    light = levels.mean(dim=(0, 2, 3, 4))
    row = {
        "flicker": light.diff(n=2).abs().mean().item() if video.shape[1] > 2 else 0.0,
        "seam": (levels[:, 0] - levels[:, -1]).abs().mean().item(),
        "judder": step.max().item(),
        "motion": step.sum().item() / seconds,
        "sharpness": (levels.diff(dim=3).abs().mean() + levels.diff(dim=4).abs().mean()).item(),
    }
    if truth is not None:
        row["psnr"] = -10 * (levels - (truth + 1) / 2).square().mean().clamp(min=1e-10).log10().item()
        row["perceptual"] = DISTANCE.apart(video, truth).mean().item()
        row["steps_error"] = (levels.diff(dim=1) - (truth.diff(dim=1) / 2)).abs().mean().item()
    return row


def mended(step: Callable[[Film], Film], video: Video, fps: float) -> Film:
    return step(Film(to_uint8(video[0]), torch.arange(video.shape[1], dtype=torch.float64) / fps, fps))


def compare(
    step: Callable[[Film], Film], films: list[Video], truths: list[Video] | None, rate: float, true_rate: float
) -> dict[str, np.ndarray]:
    """Each number of each film before and after. Before is what a player would show at the size and the moments of
    after: pixels enlarged, frames held."""
    rows = []
    for place, video in enumerate(films):
        film = mended(step, video, rate)
        after = to_float(film.frames)[None]
        held = (film.times * rate + 1e-6).floor().long().clamp(max=video.shape[1] - 1)
        before = to_float(to_uint8(video[0]))[None, held]
        before = F.interpolate(before[0], size=tuple(after.shape[-2:]), mode="nearest")[None]
        truth = None
        if truths is not None:
            shown = (film.times * true_rate).round().long().clamp(max=truths[place].shape[1] - 1)
            truth = resize(truths[place][:, shown], (after.shape[-2], after.shape[-1]))
        rows.append([numbers(one, truth, len(film.times) / film.fps) for one in (before, after)])
    return {name: np.array([[row[i][name] for row in rows] for i in (0, 1)]) for name in rows[0][0]}


def interval(difference: np.ndarray) -> tuple[float, float]:
    drawn = np.random.default_rng(0).integers(0, len(difference), (2000, len(difference)))
    low, high = np.quantile(difference[drawn].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def lines_of(name: str, kind: str, aim: str, found: dict[str, np.ndarray]) -> list[str]:
    lines = []
    for metric, (before, after) in found.items():
        low, high = interval(after - before)
        better = (1 if metric in LARGER_IS_BETTER else -1) * np.sign(low if low > 0 else high if high < 0 else 0)
        verdict = {1: "better", -1: "worse", 0: "within the interval"}[int(better)]
        verdict = "changed" if metric in NEUTRAL and better else verdict
        told = f"**{metric}**" if metric == aim else metric
        change = f"{(after - before).mean():+.4g} [{low:+.4g}, {high:+.4g}]"
        lines.append(f"| {name} | {kind} | {told} | {before.mean():.4g} | {after.mean():.4g} | {change} | {verdict} |")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="the films of this run; the shipped flow if not given")
    parser.add_argument("--data", default="moving_shapes", help="real films of this choice (default: %(default)s)")
    parser.add_argument("--clips", type=int, default=16)
    parser.add_argument("--out", type=Path, default=HERE / "table.md")
    options = parser.parse_args()
    run = Run.open(options.run or shipped_folder("flow"))
    config = up_to_date(run, [], ("animator", "data"))
    model = load(run, config, "cpu", "trained" if options.run else "shipped")
    shape = [f"clip.{key}={value}" for key, value in config["clip"].items()]
    data = build(compose("train", [f"data={options.data}", *shape], []).config.data)
    clip = next(iter(data.held_out_loader(options.clips, num_clips=options.clips)))
    condition = data.task(clip)
    made = model.animator.animate(condition, Noise(torch.tensor([mix(0, key) for key in clip.key.tolist()])))
    fps = float(config["clip"]["fps"])
    real = list(clip.video.split(1))
    lines = [
        f"{len(real)} clips of {options.data}; the model is {model.name}; differences with 95 % paired intervals",
        "",
        "| step | films | number (**its own**) | before | after | difference | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    missed = []
    for name, (damage, aim) in STEPS.items():
        (step,) = (
            build(node) for node in compose("animate", [f"postprocess=[{name}]"], []).config.postprocess.values()
        )
        damaged = [damage(film) for film in real]
        rate = fps * damaged[0].shape[1] / real[0].shape[1]
        rows = lines_of(name, "real, damaged", aim, compare(step, damaged, real, rate, fps))
        missed += [name for row in rows if f"**{aim}**" in row and not row.endswith("| better |")]
        lines += rows + lines_of(name, "made", aim, compare(step, list(made.split(1)), None, fps, fps))
        print(*rows, sep="\n", flush=True)
    lines += ["", f"Steps that do not better their own number: {', '.join(missed) or 'none'}."]
    options.out.write_text("\n".join(lines) + "\n")
    print(lines[-1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
