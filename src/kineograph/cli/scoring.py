"""What ``evaluate`` measures: animators on the same clips, one row each, under one protocol."""

import json
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from torch import nn

from kineograph.cli.compose import Composed
from kineograph.cli.resume import differences as differences_in
from kineograph.core.build import build
from kineograph.core.errors import ConfigError, UserError
from kineograph.core.evaluate import as_filmed, evaluate
from kineograph.core.local_file import cache_folder
from kineograph.core.protocols import Remembers
from kineograph.core.random import Noise, mix
from kineograph.core.run import write_atomic
from kineograph.core.types import Clip, Video
from kineograph.core.video import through_h264, to_uint8, write
from kineograph.data.films import TRAIN, WINDOWS_PER_FILM
from kineograph.metrics.protocol import NETWORKS, differences, extractors_of
from kineograph.metrics.protocol import Protocol as Card
from kineograph.metrics.reference_features import ReferenceFeatures, learn, look_through
from kineograph.metrics.trials import over_trials
from kineograph.runtime.cost import cost

SHARED = ("num_frames", "fps", "height", "width", "num_windows")  # what the protocol fixes of the data
FOLDER = "evaluations"
SIZES = ("height", "width", "channels", "fps", "duration", "num_frames")  # of films: the protocol's, or told by it
PRECISIONS = ("float32", "bf16")


def shared(composed: Composed, overrides: list[str], configs: list[dict], names: list[str]) -> tuple[dict, dict]:
    """The data and the protocol of every row: what was asked for here, else the runs' own.

    Raises ConfigError, with the fields that differ, where runs were made for several and none was asked for.
    """
    settings = plain_of(composed.config)
    asked = {text.lstrip("+~").partition("=")[0].split(".")[0] for text in overrides}
    first = configs[0] if configs else settings
    data = dict(first["data"])
    if asked & {"data", "clip"}:
        data = dict(settings["data"])
    elif "task" in asked:
        data["task"] = settings["data"]["task"]
    if any(text.lstrip("+~").startswith(("metrics/protocol=", "protocol.")) for text in overrides):
        return data, settings["protocol"]
    own = [config["protocol"] for config in configs] or [settings["protocol"]]
    for name, other in zip(names[1:], own[1:], strict=False):
        if fields := differences(own[0], other):
            raise ConfigError(
                f"'{names[0]}' and '{name}' were made for different protocols ({'; '.join(fields)}); choose one for "
                "all with metrics/protocol=NAME"
            )
    return data, own[0]


def completed(config: dict, composed: Composed) -> dict:
    """A run's configuration; what its protocol does not say, being older, is as in the default one."""
    return config | {"protocol": plain_of(composed.config.protocol) | config.get("protocol", {})}


def on_films(protocol: Card, source: Any) -> Card:
    """What a protocol leaves to the films: their rate, by its strides, and their size. Raises UserError."""
    as_stored = protocol.height is not None and protocol.resize == "none" and source is not None
    if protocol.fps is not None and protocol.height is not None and not as_stored:
        return protocol
    if source is None:
        raise UserError(f"protocol '{protocol.name}' leaves rate or size to the films, and these data have no source")
    films = source.open()
    if protocol.fps is None and protocol.fake_stride is not None:
        rates = {film.fps for film in films.films if film.split == protocol.split} or {1.0}
        if len(rates) > 1:
            raise UserError(
                f"protocol '{protocol.name}' counts in frames of the films, and these have {len(rates)} rates, from "
                f"{min(rates):g} to {max(rates):g} a second; use a protocol with fps"
            )
        protocol = replace(protocol, fps=rates.pop() / protocol.fake_stride)
    if protocol.height is None:
        height, width = films.read(0, np.zeros(1)).shape[1:3]
        protocol = replace(protocol, height=height, width=width)
    if as_stored:
        for place in {film.part: place for place, film in enumerate(films.films)}.values():  # one of each part
            height, width = films.read(place, np.zeros(1)).shape[1:3]
            if (height, width) != (protocol.height, protocol.width):
                raise UserError(
                    f"protocol '{protocol.name}' measures films of {protocol.height}x{protocol.width} as they are "
                    f"stored (resize: none), and these are {height}x{width}; prepare them with data.source.height="
                    f"{protocol.height} data.source.width={protocol.width}"
                )
    return protocol


def learners(metrics: dict[str, Any], protocol: Card) -> list[Any]:
    """The metrics that learn from the training clips; none, told in a line, where these are what is measured."""
    found = {name: metric for name, metric in metrics.items() if isinstance(metric, Remembers)}
    if found and protocol.split == TRAIN:
        print(
            f"evaluate: protocol '{protocol.name}' measures the training clips, from which {', '.join(found)} would "
            "learn: not taught, so without a value",
            file=sys.stderr,
        )
        return []
    return list(found.values())


def task_of(data: dict) -> dict[str, Any] | None:
    """What an animator is given: the task's name and its arguments; None where the data have a task of their own."""
    if "task" not in data:
        return None
    told = dict(data["task"])
    return {"name": str(told.pop("_target_")).split(".")[-2], **told}


def other_clip(name: str, clip: dict, protocol: Card) -> str | None:
    """The line that tells of an animator measured at another size, length or rate than it was trained at."""
    sides = [
        f"{clip['num_frames']}x{clip['height']}x{clip['width']}, {clip['fps']:g} fps",
        f"{protocol.num_frames}x{protocol.height}x{protocol.width}, {protocol.fps or 1.0:g} fps",
    ]
    if sides[0] == sides[1]:
        return None
    return f"'{name}' was trained at {sides[0]}; protocol '{protocol.name}' measures {sides[1]}"


def other_data(name: str, own: dict, data: dict) -> str | None:
    """The line that tells of an animator measured on other films, or given other things, than it was trained with."""
    if "source" not in own or "source" not in data:
        return None
    parts = [
        f"data.{key} {mine}, here {yours}"
        for role in ("source", "task")
        for key, mine, yours in differences_in(own.get(role), data.get(role), role)
        if key.rpartition(".")[2] not in SIZES
    ]
    if not parts:
        return None
    return f"'{name}' was trained with other data ({'; '.join(parts)}): it may have learnt from clips that measure it"


class Scoring:
    """Data, metrics and protocol at hand; ``rows`` scores animators. Raises UserError where they do not fit."""

    def __init__(self, *, settings: Any, data: dict, protocol: Card, device: str):
        self.settings = settings
        self.device = device
        source = build(data["source"]) if "source" in data else None
        protocol = on_films(protocol, source)
        self.task = task_of(data)
        self.data = build(data | {name: getattr(protocol, name) for name in SHARED})
        self.procedure = settings.get("procedure")
        self.captions: dict[int, str] = {film.key: film.caption for film in self.data.films.films}
        self.metrics = build(settings.metrics)
        if settings.precision not in PRECISIONS:
            raise ConfigError(f"precision={settings.precision}: features are computed in {' or '.join(PRECISIONS)}")
        self.bf16 = settings.precision == "bf16"
        self.extractors = extractors_of(self.metrics)
        if self.bf16:
            self.extractors = {f"{name} bf16": sum_ for name, sum_ in self.extractors.items()}
        limits = [count for count in (settings.num_clips, protocol.num_real) if count is not None]
        self.limit = min(limits, default=None)
        self.asked = protocol
        self.clips = self.clips_of(0)
        self.count = sum(len(clip.key) for clip in self.clips)
        if self.count < 2:
            raise UserError(
                f"{self.count} clip is left to evaluate on, and an interval needs at least 2; raise num_clips or hold "
                "out more of the data"
            )
        self.protocol = protocol.at(data_hash=self.data.data_hash, extractors=self.extractors, num_clips=self.count)
        self.references: list[ReferenceFeatures] = look_through(
            self.metrics, cache_folder() / "reference_features", self.protocol.card, self.bf16
        )
        self.errors = {known.name: known.error(self.clips[0].video) for known in self.references} if self.bf16 else None
        for name, error in (self.errors or {}).items():
            print(f"evaluate: bf16 moves the features of {name} by {error:.2%} of their spread", file=sys.stderr)
        for metric in learners(self.metrics, protocol):
            with torch.no_grad(), metric.extractor.learning():  # they are real clips: kept for the next time
                metric.remember(self.read(self.data.train_clips(settings.batch_size, mixed=True)))

    def clips_of(self, trial: int) -> list[Clip]:
        """The real clips of a trial, on the device; they stay the same tensors for all rows."""
        batches = self.data.evaluation_clips(
            self.settings.batch_size,
            split=self.asked.split,
            offset=self.asked.offset,
            seed=self.seed_of(trial),
            speed=self.asked.speed,
            num_clips=self.limit,
        )
        return list(self.read(batches))

    def read(self, batches: Iterable[Clip]) -> Iterator[Clip]:
        """Real clips as they are measured, and seen by animators: as the protocol's codec leaves them."""
        for clip in batches:
            yield Clip(*(field.to(self.device) for field in clip._replace(video=self.coded(clip.video))))

    def coded(self, video: Video) -> Video:
        """As the protocol's codec leaves these films."""
        crf = self.asked.crf
        return video if crf is None else through_h264(video, self.asked.fps or 1.0, crf)

    def seed_of(self, trial: int) -> int:
        return self.asked.seed if trial == 0 else mix(self.asked.seed, trial)

    def rows(self, models: list) -> list[dict]:
        """One row an animator, the references first, each written to its file with its first films beside it."""
        rows = []
        networks = {str(model.folder): model.animator.averaged.values() for model in models}
        for row, animates, folder in self.measured(models):
            row["cost"] = self._cost(animates, networks.get(str(row["run"]), ()))
            target = Path(self.settings.out) if self.settings.out else folder or Path(FOLDER)
            row["previews"] = self._previews(row, animates, target)
            write_atomic(target / f"{row['name']}.json", json.dumps(row, indent=1))
            rows.append(row | {"file": target / f"{row['name']}.json"})
        return rows

    def measured(self, models: list) -> list[tuple[dict, Any, Path | None]]:
        """Each row, what animated it, and where a run of its own keeps it; nothing is written."""
        jobs = self.jobs(models)
        scores: list[list[dict]] = [[] for _ in jobs]
        draws: list[dict] = [{} for _ in jobs]
        for trial in range(self.protocol.num_trials):
            clips = self.clips if trial == 0 else self.clips_of(trial)
            learn(self.references, self.metrics, clips, self.data.task)
            for place, (known, animates, _) in enumerate(jobs):
                note = f", trial {trial + 1} of {self.protocol.num_trials}" if self.protocol.num_trials > 1 else ""
                print(f"evaluate: {known['name']} on {self.count} clips{note}", file=sys.stderr, flush=True)
                seed, task = self.seed_of(trial), self.data.task
                scores[place].append(evaluate(animates, clips, task, self.metrics, seed, self.device, self.coded))
                draws[place] = draws_of(self.metrics) if self.protocol.num_trials == 1 else {}
        rows: list[tuple[dict, Any, Path | None]] = []
        for (known, animates, folder), trials, resampled in zip(jobs, scores, draws, strict=True):
            metrics = {key: value if math.isfinite(value) else None for key, value in over_trials(trials).items()}
            row = {
                "command": " ".join(["kineograph", *sys.argv[1:]]),
                "protocol": self.protocol.card,
                "task": self.task,
                "num_clips": self.count,
                "bf16_errors": self.errors,
                "codec": None,
                "procedure": None,
                **known,
                "metrics": metrics,
                "settings": {"clip": {"channels": self.clips[0].video.shape[2]}}
                | {name: settings_of(node) for name, node in plain_of(self.settings.metrics).items()},
                "higher_is_better": {name: metric.higher_is_better for name, metric in self.metrics.items()},
                "draws": resampled,
            }
            rows.append((row, animates, folder))
        return rows

    def jobs(self, models: list) -> list[tuple[dict, Any, Path | None]]:
        """What is known of each row, what animates it, and where a run of its own keeps it."""
        jobs: list[tuple[dict, Any, Path | None]] = []
        if self.settings.real:
            jobs.append((_reference("real"), None, None))
        for name, reference in build(self.settings.references).items():
            if isinstance(reference, Remembers):
                reference.remember(self.data.train_clips(self.settings.batch_size))
            jobs.append((_reference(name), reference, None))
        for name, model in named(models).items():
            counts = model.animator.describe()
            known = {
                "name": name,
                "kind": model.kind,
                "run": str(model.folder),
                "parameters": counts.get("parameters"),
                "codec": {key: value for key, value in counts.items() if "codec" in key} or None,
                "train_seconds": model.facts.get("train_seconds"),
                "images_seen": model.facts.get("images_seen"),
                "weights": model.weights,
                "train_command": " ".join(model.facts.get("command", [])),
            }
            animates = model.animator
            if self.procedure is not None:
                animates = build(self.procedure)(animates=animates)
                known["procedure"] = type(animates).__module__.rpartition(".")[2]
                known["name"] += f"_{known['procedure']}"
            jobs.append((known, animates, model.folder / FOLDER if model.kind == "trained" else None))
        return jobs

    def film(self, animates: Any, clip: Clip) -> Video:
        """What is measured of these clips in the first trial; the clips themselves for None, the real row.

        Raises UserError where a film is not finite, as ``evaluate`` does.
        """
        if animates is None:
            return clip.video
        condition = self.data.task(clip)
        seeds = [mix(self.protocol.seed, key) for key in clip.key.tolist()]
        return self.coded(as_filmed(animates.animate(condition, Noise(seeds, condition.device)), clip))

    def _cost(self, animates: Any, networks: Iterable[nn.Module]) -> dict[str, float | int] | None:
        """Of the first clip; there is none for the real row."""
        if animates is None:
            return None
        condition = self.data.task(Clip(*(field[:1] for field in self.clips[0])))
        return cost(animates, networks, condition, Noise([self.protocol.seed], condition.device))._asdict()

    def caption(self, key: int) -> str:
        """What is said of the film that a clip was cut from; empty where nothing is."""
        return self.captions.get(key - key % WINDOWS_PER_FILM, "")

    def _previews(self, row: dict, animates: Any, target: Path) -> list[dict]:
        """The first pictures, each with its film; paths are relative to the row's folder."""
        try:
            (target / "previews").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"cannot write to '{target}': {error.strerror}; set out=DIR") from error
        shown: list[dict] = []
        fps = self.protocol.fps or 1.0
        for clip in self.clips:
            place = min(self.settings.previews - len(shown), len(clip.key))
            if place <= 0:
                break
            part = Clip(*(field[:place] for field in clip))
            fake = self.film(animates, part)
            for key, real, film in zip(part.key.tolist(), part.video, fake, strict=True):
                seed = str(mix(self.protocol.seed, key))
                facts = {"run": str(row["run"]), "weights": str(row.get("weights")), "seed": seed}
                picture = write(target / "previews" / f"{key}.png", to_uint8(real[:1]), fps, {})
                moving = write(target / "previews" / f"{row['name']}_{key}.webp", to_uint8(film), fps, facts)
                paths = {"picture": str(picture.relative_to(target)), "film": str(moving.relative_to(target))}
                shown.append(paths | {"caption": self.caption(key)})
        return shown


def named(models: list) -> dict[str, Any]:
    """Each model by the name of its row: the run's, its folder's where two share a name, or that with a number."""
    found: dict[str, Any] = {}
    for model in models:
        folder = model.folder.name
        names = [model.name, folder, *(f"{folder}_{number}" for number in range(2, len(models) + 1))]
        found[next(name for name in names if name not in found)] = model
    return found


def draws_of(metrics: dict[str, Any]) -> dict[str, list[float | None]]:
    """Each metric's resampled values: equal places of two rows are the same resample, so their difference is paired."""
    found: dict[str, list[float | None]] = {}
    for name, metric in metrics.items():
        for part, values in (vars(metric).get("draws") or {}).items():
            numbers = [float(f"{value:.6g}") for value in values.tolist()]
            found[name if part == "value" else f"{name}_{part}"] = [n if math.isfinite(n) else None for n in numbers]
    return found


def settings_of(metric: dict[str, Any]) -> dict[str, Any]:
    """What of a metric's configuration decides its numbers and is on no protocol card, which has the networks."""
    return {key: value for key, value in metric.items() if key not in NETWORKS}


def plain_of(config: Any) -> dict[str, Any]:
    """A composed configuration as plain values. Raises ConfigError."""
    try:
        plain = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        raise ConfigError(f"the configuration cannot be resolved: {str(error).splitlines()[0]}") from error
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def _reference(name: str) -> dict[str, Any]:
    return {"name": name, "kind": "reference", "run": None, "parameters": 0, "train_seconds": 0.0, "images_seen": 0}
