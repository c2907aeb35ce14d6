"""What every post-processing step does to every metric: on real films damaged in the way that the step should mend, and
on the films of a model.

    python experiments/postprocess/measure.py                        # drawn clips, the shipped flow: some minutes
    python experiments/postprocess/measure.py --clips 64 --data fluent_emoji
    python experiments/postprocess/measure.py --run RUN              # the films of a run of yours

The registered metrics that give one number a clip, before and after; the table holds the mean difference with a paired
interval (95 %, bootstrap over groups of clips). A step should move the number named beside it towards the good side,
and leave the others within their intervals or move them to the good side as well: it ends with 1, and names them, where
one does not. Those that ask for the true film (psnr, ssim, pdist, tlp, tof) see the undamaged one; others are judged on
damaged films by how near it comes to that of the undamaged, unless it is the step's own. Of a model's films only those
are measured that need no truth. Writes table.md.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kineograph.cli.compose import compose
from kineograph.cli.older import up_to_date
from kineograph.core.build import build
from kineograph.core.random import Noise, mix
from kineograph.core.run import Run
from kineograph.core.types import Clip, Condition, Sample, Video
from kineograph.core.video import Film, to_float, to_uint8
from kineograph.core.warp import resize
from kineograph.metrics.bootstrap import draw_groups
from kineograph.metrics.bootstrap import interval as middle
from kineograph.runtime.loaded import load, shipped_folder

HERE = Path(__file__).parent


def seeded(video: Video, tag: int) -> torch.Generator:
    return torch.Generator().manual_seed(mix(tag, int(((video + 1) * 127.5).round().long().sum())))


def noisy(video: Video) -> Video:
    return (video + 0.15 * torch.randn(video.shape, generator=seeded(video, 1))).clamp(-1, 1)


def flickering(video: Video) -> Video:
    gain = 1 + 0.15 * torch.randn(1, video.shape[1], 1, 1, 1, generator=seeded(video, 2))
    return ((video + 1) * gain - 1).clamp(-1, 1)


def trembling(video: Video) -> Video:
    """Every frame has grain of its own, finer than objects, which an average along the motion takes away."""
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
    "smooth": (trembling, "flicker"),
    "deflicker": (flickering, "flicker"),
    "colour_match": (tinted, "psnr"),
    "close_loop": (whole, "loop_closure"),
    "interpolate": (halved, "psnr"),
    "upscale": (small, "psnr"),
}
OF_FILMS = ["warping_error", "flicker", "flicker_spectrum", "frame_repeat_rate", "motion_smoothness", "loop_closure"]
OF_FILMS += ["drift_per_second"]
OF_TRUTH = ["psnr", "ssim", "pdist_squeeze11", "tlp_squeeze11", "tof"]


def metrics_of(names: list[str]) -> dict[str, Any]:
    return build(compose("evaluate", [f"metrics=[{','.join(names)}]"], []).config.metrics)


def numbers(metrics: dict[str, Any], video: Video, truth: Video, film: Film) -> dict[str, float]:
    """One row of one film (1 t c h w); ``truth`` has as many frames of the same size."""
    nothing = torch.zeros(1)
    words, mask = torch.zeros(1, 1, 1), torch.zeros(1, 1, dtype=torch.bool)
    clip = Clip(truth, film.times.float()[None], nothing.long() - 1, words, mask, nothing[None], nothing.long())
    free = torch.zeros_like(truth)
    condition = Condition(free, free[:, :, :1], clip.times, clip.label, words, mask, nothing)
    sample = Sample(clip, condition, video, {}, nothing.long(), 0.0)
    levels = (video + 1) / 2
    row = {name: float(metric.per_clip(sample)) for name, metric in metrics.items()}
    row["motion"] = levels.diff(dim=1).abs().mean().item() * film.fps
    row["sharpness"] = (levels.diff(dim=3).abs().mean() + levels.diff(dim=4).abs().mean()).item()
    return row


def mended(step: Callable[[Film], Film], video: Video, fps: float) -> Film:
    return step(Film(to_uint8(video[0]), torch.arange(video.shape[1], dtype=torch.float64) / fps, fps))


def compare(
    step: Callable[[Film], Film],
    metrics: dict[str, Any],
    films: list[Video],
    truths: list[Video],
    rate: float,
    true_rate: float,
) -> dict[str, np.ndarray]:
    """Each number of each film before, after, and of its truth. Before is what a player would show at the size and the
    moments of after: pixels enlarged bilinearly, frames held."""
    rows = []
    for video, true in zip(films, truths, strict=True):
        film = mended(step, video, rate)
        after = to_float(film.frames)[None]
        held = (film.times * rate + 1e-6).floor().long().clamp(max=video.shape[1] - 1)
        before = resize(to_float(to_uint8(video[0]))[None, held], (after.shape[-2], after.shape[-1]))
        shown = (film.times * true_rate).round().long().clamp(max=true.shape[1] - 1)
        truth = resize(true[:, shown], (after.shape[-2], after.shape[-1]))
        rows.append([numbers(metrics, one, truth, film) for one in (before, after, truth)])
    return {name: np.array([[row[i][name] for row in rows] for i in range(3)]) for name in rows[0][0]}


def interval(difference: np.ndarray, groups: torch.Tensor) -> tuple[float, float]:
    """Of the mean, whole groups resampled: clips of one group look alike."""
    counts = draw_groups(groups, 2000, seed=0)
    low, high = middle(counts @ torch.from_numpy(difference) / counts.sum(dim=1))
    return float(low), float(high)


def verdict_of(found: np.ndarray, groups: torch.Tensor, higher_is_better: bool | None, near: bool) -> tuple[str, str]:
    """Of one number before, after and in truth: its cells, and which way it went. ``near``: the truth's is best;
    None: neither way is better."""
    known = np.isfinite(found).all(axis=0)  # nan: the film has no such number
    (before, after, true), groups = found[:, known], groups[torch.from_numpy(known)]
    if len(before) == 0:
        return "| | | |", "not measured"
    low, high = interval(after - before, groups)
    cells = f"| {before.mean():.4g} | {after.mean():.4g} | {true.mean():.4g} "
    cells += f"| {(after - before).mean():+.4g} [{low:+.4g}, {high:+.4g}]"
    if near:
        low, high = interval(abs(after - true) - abs(before - true), groups)
    if low <= 0 <= high:
        return cells, "within the interval"
    if higher_is_better is None:
        return cells, "changed"
    return cells, "better" if (low > 0) == (higher_is_better and not near) else "worse"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="the films of this run; the shipped flow if not given")
    parser.add_argument("--data", default="moving_shapes", help="real films of this choice (default: %(default)s)")
    parser.add_argument("--clips", type=int, default=16)
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS), help="(default: all)")
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
        f"{len(real)} clips of {options.data} in {len(clip.group.unique())} groups; the model is {model.name}; "
        "differences with 95 % paired intervals over groups",
        "",
        "| step | films | number (**its own**) | before | after | undamaged | difference | verdict |",
        "|---|---|---|---|---|---|---|---|",
    ]
    missed, hurt = [], []
    of_films, of_truth = metrics_of(OF_FILMS), metrics_of(OF_TRUTH)
    for name in options.steps:
        damage, aim = STEPS[name]
        (step,) = (
            build(node) for node in compose("animate", [f"postprocess=[{name}]"], []).config.postprocess.values()
        )
        damaged, films = [damage(film) for film in real], list(made.split(1))
        rate = fps * damaged[0].shape[1] / real[0].shape[1]
        kinds = {
            "real, damaged": (of_films | of_truth, damaged, real, rate, fps),
            "made": (of_films, films, films, fps, fps),
        }
        for kind, (metrics, *shown) in kinds.items():
            for metric, three in compare(step, metrics, *shown).items():
                part = metrics.get(metric)
                near = kind != "made" and metric in OF_FILMS and metric != aim
                # of films to be mended less is better where the real clips' own would be, but for a steady pace
                higher = None if part is None else bool(part.higher_is_better) or metric == "motion_smoothness"
                cells, verdict = verdict_of(three, clip.group, higher, near)
                told = f"**{metric}**" if metric == aim else metric
                lines.append(f"| {name} | {kind} | {told} {cells} | {verdict} |")
                print(lines[-1], flush=True)
                if metric == aim and kind == "real, damaged" and verdict != "better":
                    missed.append(name)
                elif verdict == "worse":
                    hurt.append(f"{name} {metric} ({kind})")
    lines += ["", f"Steps that do not better their own number: {', '.join(missed) or 'none'}."]
    lines += ["", f"Other numbers that got worse: {', '.join(hurt) or 'none'}."]
    options.out.write_text("\n".join(lines) + "\n")
    print(*lines[-3:], sep="\n")
    return int(bool(missed or hurt))


if __name__ == "__main__":
    sys.exit(main())
