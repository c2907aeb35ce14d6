"""What each code of an InfoGAN on moving_shapes controls: mutual information with the factors, and each code's walk.

    python experiments/info_codes/measure.py runs/info_codes -o runs/info_codes/codes

A reader of factors is trained on real clips, which never sees the GAN; its held-out accuracy is told, and how sure it
is of held-out and of made films: a reader must answer something of a smear too. Then films are made of drawn codes and
read, and the plug-in estimate of the mutual information is taken, less its mean when the codes are shuffled (what
chance alone gives so few films). Codes with values in [-1, 1) are cut into four equal parts.
"""

import argparse
import sys
from itertools import product
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from kineograph.cli.compose import compose
from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.run import Run, write_atomic
from kineograph.core.types import Condition, PerClip, Video
from kineograph.core.video import to_uint8, write
from kineograph.data.clip_data import ClipData
from kineograph.networks.code_reader import CodeReader
from kineograph.report.page import section, write_page
from kineograph.report.previews import previews
from kineograph.runtime.loaded import load

FACTORS = {"shape": (0, 4), "colour": (1, 6), "size": (2, 2), "law": (3, 4)}  # their places and numbers of kinds
PARTS = 4  # of a code with values
SHUFFLES = 1000
BY_CHANCE = 0.998  # quantile of the shuffles: of some twenty cells, one in twenty-five tables has one beyond it


def trained_reader(data: ClipData, channels: int, steps: int) -> tuple[CodeReader, dict[str, float], dict[str, float]]:
    """The reader; of held-out clips, the share of which it tells each factor rightly, and how sure it is."""
    torch.manual_seed(0)
    answers = sum(count for _, count in FACTORS.values())
    reader = CodeReader(channels=channels, dims=[32, 64, 96], time_strides=[1, 2, 2], answer_dim=answers)
    optimizer = torch.optim.AdamW(reader.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps, pct_start=0.1)
    data.stop_position = steps * data.batch_size
    for clip in data.train_dataloader(0, 1):
        told = [clip.factors[:, place].long() for place, _ in FACTORS.values()]
        loss = sum(F.cross_entropy(logits, kinds) for logits, kinds in zip(split(reader(clip.video)), told))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    clips = list(data.evaluation_clips(32, split="held_out", offset="spread", seed=0, speed=1.0, num_clips=None))
    answers = [read(reader, clip.video) for clip in clips]
    told = torch.cat([clip.factors for clip in clips]).long()
    kinds = [torch.cat(part) for part in zip(*(kinds for kinds, _ in answers))]
    right = {name: float((k == told[:, place]).float().mean()) for k, (name, (place, _)) in zip(kinds, FACTORS.items())}
    return reader, right, sureness([sure for _, sure in answers])


def split(logits: Float[Tensor, "b k"]) -> list[Tensor]:
    return list(logits.split([count for _, count in FACTORS.values()], dim=1))


@torch.no_grad()
def read(reader: CodeReader, video: Video) -> tuple[list[Int[Tensor, "b"]], list[PerClip]]:
    """Each factor's kind, as the reader sees it, and the probability that it gives it."""
    best = [logits.softmax(dim=1).max(dim=1) for logits in split(reader(video))]
    return [found.indices for found in best], [found.values for found in best]


def sureness(batches: list[list[PerClip]]) -> dict[str, float]:
    """The mean probability of the answers, a factor."""
    return {name: float(torch.cat(part).mean()) for name, part in zip(FACTORS, zip(*batches))}


def information(one: Int[Tensor, "n"], other: Int[Tensor, "n"]) -> float:
    """Mutual information in bits, from counts."""
    joint = torch.zeros(int(one.max()) + 1, int(other.max()) + 1, dtype=torch.float64)
    joint.index_put_((one, other), torch.ones(len(one), dtype=torch.float64), accumulate=True)
    joint /= len(one)
    apart = joint.sum(dim=1, keepdim=True) * joint.sum(dim=0, keepdim=True)
    there = joint > 0
    return float((joint[there] * (joint[there] / apart[there]).log2()).sum())


def beyond_chance(one: Int[Tensor, "n"], other: Int[Tensor, "n"]) -> tuple[float, float]:
    """The information less its mean under shuffling, and what shuffling reaches beyond that mean."""
    generator = torch.Generator().manual_seed(0)
    by_chance = torch.tensor(
        [information(one[torch.randperm(len(one), generator=generator)], other) for _ in range(SHUFFLES)]
    )
    return information(one, other) - float(by_chance.mean()), float(by_chance.quantile(BY_CHANCE) - by_chance.mean())


def nothing_told(clip: dict, batch: int) -> Condition:
    t, c, h, w = clip["num_frames"], clip["channels"], clip["height"], clip["width"]
    return Condition(
        known=torch.zeros(batch, t, c, h, w),
        mask=torch.zeros(batch, t, 1, h, w),
        times=(torch.arange(t) / clip["fps"]).expand(batch, t),
        label=torch.full((batch,), -1),
        text=torch.zeros(batch, clip["num_tokens"], clip["text_dim"]),
        text_mask=torch.zeros(batch, clip["num_tokens"], dtype=torch.bool),
        motion=torch.full((batch,), torch.nan),
    )


def codes_of(codes: tuple) -> dict[str, Int[Tensor, "b"]]:
    """Each code by name, values cut into parts."""
    found = {}
    for part in ("content", "motion"):
        found[f"{part} category"] = getattr(codes, f"{part}_category")[:, 0]
        cut = ((getattr(codes, f"{part}_values") + 1) / 2 * PARTS).long().clamp(0, PARTS - 1)
        found |= {f"{part} value {place + 1}": cut[:, place] for place in range(cut.shape[1])}
    return found


def walk(animator, clip: dict, name: str, out: Path, films: int) -> list[dict]:
    """A row for each value of the code; a column is one film, of which nothing else changes."""
    condition = nothing_told(clip, films)
    codes = animator.codes(condition, Noise(list(range(films))))
    generator = animator.averaged["generator"]
    rows = []
    part, _, *number = name.split()
    field, place = (f"{part}_values", int(number[0]) - 1) if number else (f"{part}_category", 0)
    if number:
        steps = [(f"{value:+.2f}", value) for value in torch.linspace(-1, 1, 5).tolist()]
    else:
        steps = [(str(kind), kind) for kind in range(generator.num_categories[("content", "motion").index(part)])]
    for told, value in steps:
        changed = getattr(codes, field).clone()
        changed[:, place] = value
        with torch.no_grad():
            film = animator.film(condition, codes._replace(**{field: changed})).clamp(-1, 1)
        shown = []
        for number, one in enumerate(film):
            path = write(
                out / "films" / f"{name.replace(' ', '_')}_{told}_{number}.webp", to_uint8(one), clip["fps"], {}
            )
            shown.append({"picture": f"{number}.png", "film": str(path), "caption": f"film {number + 1}"})
        rows.append({"name": f"{name} {told}", "kind": "code", "previews": shown})
    return rows


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("run", type=Path, help="a run of experiment=gan/infogan_video data=moving_shapes")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--films", type=int, default=1024, help="made and read")
    parser.add_argument("--steps", type=int, default=600, help="batches that the reader of factors learns from")
    parser.add_argument("--walks", type=int, default=6, help="films of each walk")
    options = parser.parse_args(argv)
    run = Run.open(options.run)
    model = load(run, run.config(), "cpu", "trained")
    clip = model.config["clip"]
    shape = [f"clip.{key}={clip[key]}" for key in ("num_frames", "height", "width", "channels", "fps")]
    words = ["data=moving_shapes", "task=unconditional", "data.batch_size=32", *shape]
    reader, accuracy, sure_of_real = trained_reader(
        build(compose("train", words, []).config.data), clip["channels"], options.steps
    )
    codes, kinds, sure = [], [], []
    for first in range(0, options.films, 32):
        batch = min(32, options.films - first)
        condition = nothing_told(clip, batch)
        drawn = model.animator.codes(condition, Noise(list(range(first, first + batch))))
        codes.append(codes_of(drawn))
        with torch.no_grad():
            found, probabilities = read(reader, model.animator.film(condition, drawn).clamp(-1, 1))
        kinds.append(found)
        sure.append(probabilities)
    table = {}
    for name, (place, factor) in product(codes[0], enumerate(FACTORS)):
        one, other = torch.cat([part[name] for part in codes]), torch.cat([part[place] for part in kinds])
        table[name, factor] = beyond_chance(one, other)
    options.out.joinpath("films").mkdir(parents=True, exist_ok=True)
    text = markdown(table, {"right on": accuracy, "sure of": sure_of_real}, sureness(sure), options.films)
    write_atomic(options.out / "codes.md", text)
    walks = "".join(
        section(f"walk-{number}", f"Walk of the {name}", "A row is a value of the code, a column one film.",
                previews(walk(model.animator, clip, name, options.out, options.walks), f"moving-{number}"))
        for number, name in enumerate(codes[0])
    )  # fmt: skip
    facts = section("information", "Mutual information in bits, beyond chance", "", f"<pre>{text}</pre>")
    print(
        write_page(
            "kineograph: codes", f"What the codes of {model.name} control", [facts, walks], options.out / "codes.html"
        )
    )
    print(text)
    return 0


def markdown(
    table: dict[tuple[str, str], tuple[float, float]], of_real: dict[str, dict[str, float]], of_made: dict[str, float],
    films: int,
) -> str:  # fmt: skip
    """Codes by factors; what chance explains is set in brackets."""
    lines = ["| code | " + " | ".join(FACTORS) + " |", "|---|" + "---|" * len(FACTORS)]
    for name in dict.fromkeys(code for code, _ in table):
        cells = []
        for factor in FACTORS:
            value, chance = table[name, factor]
            cells.append(f"{value:.3f}" if value > chance else f"({value:.3f})")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    said = {f"{word} held-out clips": shares for word, shares in of_real.items()} | {"sure of made films": of_made}
    seen = [
        f"{word}: {', '.join(f'{name} {share:.3f}' for name, share in shares.items())}" for word, shares in said.items()
    ]
    return "\n".join(
        [
            *lines,
            "",
            f"{films} films; (in brackets: no more than chance gives). The reader is",
            *(f"- {line}" for line in seen),
            "",
        ]
    )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except UserError as error:
        print(f"measure: {error}", file=sys.stderr)
        sys.exit(error.code)
