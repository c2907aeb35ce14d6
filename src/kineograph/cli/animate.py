"""``kineograph animate picture.png -o out.mp4``: any picture, by a run of yours or by the shipped weights."""

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from omegaconf import DictConfig

from kineograph.cli.compose import amend, compose, flags, parse
from kineograph.cli.older import up_to_date
from kineograph.core.build import build, suggest
from kineograph.core.errors import ConfigError, UserError
from kineograph.core.local_file import is_url, local_file
from kineograph.core.protocols import TextEncoder
from kineograph.core.random import Noise
from kineograph.core.run import Run
from kineograph.core.types import Clip, Condition
from kineograph.core.video import WRITTEN, Film, read, to_float, to_uint8, write
from kineograph.core.warp import resize
from kineograph.runtime.loaded import load, shipped_folder

LARGEST = 512  # pixels of the longer side; larger pictures are scaled down
SETTINGS = ("run", "shipped", "seed")
SLOWEST, FASTEST = 0.01, 1000.0  # frames a second that every kind of film file can hold


@runtime_checkable
class Reports(Protocol):
    """A procedure that has something to say of the film made last."""

    def report(self) -> str: ...


def main(argv: list[str]) -> int:
    parser = flags(
        "animate",
        "Makes a picture move: run=RUN or shipped=gan|flow, seed=N, procedure=NAME, postprocess=[STEP,...].",
    )
    parser.add_argument(
        "-o", "--out", type=Path, required=True, help="the film: .mp4 .webm .gif .webp, or a .png strip"
    )
    parser.add_argument("--frames", type=int, help="how many; as trained if not given (fewer are cut from that)")
    parser.add_argument("--fps", type=float, help="frames a second; as trained if not given")
    parser.add_argument("--prompt", metavar="TEXT", help="a caption, read as the run's training read them")
    parser.add_argument("--label", metavar="NAME|N", help="a class of the run's data, by its name or number")
    parser.add_argument(
        "--motion",
        type=float,
        metavar="X",
        help="how much it moves: mean |frame difference| a second of [-1, 1] pixels",
    )
    parser.add_argument("--no-picture", action="store_true", help="show none: for runs that make films of their own")
    options = parse(parser, argv)
    pictures = [text for text in options.overrides if _is_picture(text)]
    given = dict(text.split("=", 1) for text in options.overrides if text not in pictures)
    if len(pictures) != int(not options.no_picture):
        wanted = "no picture beside --no-picture" if options.no_picture else "one picture"
        raise ConfigError(f"animate wants {wanted}: kineograph animate picture.png -o out.mp4")
    if options.out.suffix.lower() not in WRITTEN:
        raise ConfigError(f"-o {options.out}: films are written as {' '.join(WRITTEN)}")
    seed = given.get("seed", "0")
    if not seed.isdecimal() or int(seed) >= 2**63:
        raise ConfigError(f"seed={seed}: a seed is a whole number below 2**63")
    own = [f"{key}={value}" for key, value in given.items() if key not in SETTINGS and not _is_beyond(key)]
    beyond = [f"{key}={value}" for key, value in given.items() if _is_beyond(key)]
    steps = steps_of(beyond, options.config_dir)
    settings = compose("animate", beyond, options.config_dir).config
    film = animate(local_file(pictures[0]) if pictures else None, options, given, own, int(seed), settings, steps)
    print(film)
    return 0


def _is_picture(text: str) -> bool:
    return "=" not in text or Path(text).is_file() or is_url(text.partition("=")[0])


def _is_beyond(key: str) -> bool:
    """Of conf/animate.yaml, not of the run."""
    return key.split(".")[0] in ("postprocess", "procedure", "sigma_rel", "ema_images")


def steps_of(overrides: list[str], config_dirs: list[str]) -> list[Callable[[Film], Film]]:
    """What is done to the finished film, in the order in which it was asked for."""
    config = compose("animate", overrides, config_dirs).config
    return [build(node) for node in config.postprocess.values()]


def animate(
    picture: Path | None,
    options: argparse.Namespace,
    given: dict[str, str],
    own: list[str],
    seed: int,
    settings: DictConfig,  # of conf/animate.yaml
    steps: list[Callable[[Film], Film]],
) -> Path:
    """Reads, animates, post-processes, writes."""
    source = None if picture is None else to_float(read(picture).frames[:1])[None]  # b t c h w
    kind = "trained" if "run" in given else "shipped"
    run = Run.open(given["run"] if "run" in given else shipped_folder(given.get("shipped", "flow")))
    told = (options.prompt, options.label, options.motion)
    roles = ("animator",) if all(word is None for word in told) else ("animator", "data")
    model = load(
        run,
        amend(up_to_date(run, options.config_dir, roles), own),
        "cuda" if torch.cuda.is_available() else "cpu",
        kind,
        settings.sigma_rel,
        settings.ema_images,
    )
    clip = model.config["clip"]
    frames = clip["num_frames"] if options.frames is None else options.frames
    fps = float(clip["fps"] if options.fps is None else options.fps)
    # a model of windows has never seen a shorter film
    length = frames if settings.get("procedure") is not None or frames < 1 else max(frames, clip["num_frames"])
    condition = condition_of(None if source is None else fitted(source), clip, length, fps)
    if source is None and settings.get("procedure") is None and needs_frames(model.config):
        raise ConfigError("this run was trained to be given a picture, and makes nothing without one; name a picture")
    if options.prompt is not None:
        condition = prompted(condition, options.prompt, model.config["data"])
    if options.label is not None:
        condition = labelled(condition, options.label, model.config["data"])
    if options.motion is not None:
        condition = moved(condition, options.motion, model.config["data"])
    condition = Condition(*(None if field is None else field.to(model.animator.device) for field in condition))
    animates = model.animator
    if settings.get("procedure") is not None:
        animates = build(settings.procedure)(animates=animates)
    video = animates.animate(condition, Noise([seed], condition.device))
    if isinstance(animates, Reports):
        print(f"animate: {animates.report()}", file=sys.stderr)
    facts = {"run": model.name, "weights": model.weights, "seed": str(seed)}
    made = to_uint8(video[0, :frames])
    film = Film(made.expand(-1, -1, -1, 3), torch.arange(len(made), dtype=torch.float64) / fps, fps)
    for step in steps:
        film = step(film)
    count, height, width, _ = film.frames.shape
    print(f"animate: {count} frames of {width}x{height} by {model.name} ({kind})", file=sys.stderr)
    return write(options.out, film.frames, film.fps, facts)


def prompted(condition: Condition, prompt: str, data: dict) -> Condition:
    """Told this caption by the text encoder of the run's data. Raises ConfigError for a run that knows no captions."""
    _require_told(data, "tell_text", "--prompt: the run was trained without captions")
    encoder: TextEncoder = build(data["text"])
    text, mask = encoder(prompt, data["num_tokens"], data["text_dim"])
    return condition._replace(text=text[None], text_mask=mask[None])


def labelled(condition: Condition, label: str, data: dict) -> Condition:
    """Told this class of the run's data. Raises ConfigError for a run that knows none, or not this one."""
    _require_told(data, "tell_label", "--label: the run was trained without classes")
    last = data["num_classes"] - 1
    if label.isdigit():
        if int(label) > last:
            raise ConfigError(f"--label {label}: the run knows the classes 0 to {last}")
        return condition._replace(label=torch.tensor([int(label)]))
    try:
        names = list(build(data["source"]).open().classes)
    except UserError as error:
        raise ConfigError(
            f"--label {label}: names are kept with the data ({error}); give a number, 0 to {last}"
        ) from error
    if label not in names:
        raise ConfigError(f"--label {label}: the run's data have no such class.{suggest(label, names)}")
    return condition._replace(label=torch.tensor([names.index(label)]))


def moved(condition: Condition, motion: float, data: dict) -> Condition:
    """Told this amount of motion, in the unit of tasks/told.py. Raises ConfigError for a run that is told none."""
    _require_told(data, "tell_motion", "--motion: the run was trained without amounts of motion")
    if not 0 <= motion < math.inf:
        raise ConfigError(f"--motion {motion}: a number, 0 for none")
    return condition._replace(motion=torch.tensor([motion]))


def needs_frames(config: dict) -> bool:
    """Whether the task that a run was trained for gives frames with every clip."""
    task = config.get("data", {}).get("task", {})
    if "_target_" not in task:
        return False
    clip, b = config["clip"], 64  # a task may draw
    blank = Clip(
        video=torch.zeros(b, clip["num_frames"], clip["channels"], 8, 8),
        times=torch.arange(clip["num_frames"]).expand(b, -1) / clip["fps"],
        label=torch.zeros(b, dtype=torch.long),
        text=torch.zeros(b, 1, clip["text_dim"]),
        text_mask=torch.zeros(b, 1, dtype=torch.bool),
        factors=torch.zeros(b, 1),
        key=torch.arange(b),
    )
    return bool((build(task)(blank).mask > 0).flatten(1).any(dim=1).all())


def _require_told(data: dict, key: str, what: str) -> None:
    if not data.get("task", {}).get(key, False):
        raise ConfigError(f"{what}; train one with data.task.{key}=true")


def fitted(source: torch.Tensor) -> torch.Tensor:
    """The picture with its longer side at most LARGEST pixels and its aspect kept."""
    height, width = source.shape[-2:]
    scale = min(1.0, LARGEST / max(height, width))
    return resize(source, (max(1, round(height * scale)), max(1, round(width * scale))))


def condition_of(source: torch.Tensor | None, clip: dict, num_frames: int, fps: float) -> Condition:
    """The picture given as the first frame, or none, at the run's own size; nothing else is told yet."""
    if num_frames < 1 or not SLOWEST <= fps <= FASTEST:
        raise ConfigError(f"--frames {num_frames} --fps {fps}: at least one frame, {SLOWEST} to {FASTEST:g} a second")
    if source is not None and clip["channels"] == 1 and source.shape[2] == 3:
        weights = torch.tensor([0.299, 0.587, 0.114]).view(1, 1, 3, 1, 1)
        source = (source * weights).sum(dim=2, keepdim=True)
    size = (clip["channels"], clip["height"], clip["width"]) if source is None else source.shape[2:]
    known = torch.zeros(1, num_frames, *size)
    mask = torch.zeros(1, num_frames, 1, *size[1:])
    if source is not None:
        known[:, :1], mask[:, :1] = source, 1
    return Condition(
        known=known,
        mask=mask,
        times=torch.arange(num_frames)[None] / fps,
        label=torch.tensor([-1]),
        text=torch.zeros(1, clip["num_tokens"], clip["text_dim"]),
        text_mask=torch.zeros(1, clip["num_tokens"], dtype=torch.bool),
        motion=torch.tensor([torch.nan]),
    )
