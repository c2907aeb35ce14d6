"""``kineograph evaluate --sanity``: every metric on controlled damage of real clips, as a matrix and a heat map."""

import math
import sys
from pathlib import Path
from typing import Any

import torch
from omegaconf import OmegaConf
from torchmetrics import Metric

from kineograph.cli.scoring import SHARED, learners, on_films
from kineograph.core.build import build, check
from kineograph.core.errors import ConfigError, UserError
from kineograph.core.types import Clip
from kineograph.metrics.damages import DAMAGES, DENSITY, num_dense
from kineograph.metrics.protocol import Protocol, extractors_of
from kineograph.metrics.seconds_per_clip import SecondsPerClip
from kineograph.metrics.sensitivity import Reading, sensitivity
from kineograph.report.sensitivity_page import sensitivity_page

NUM_FOLDS = 5


def measure(settings: Any, data_config: dict, protocol_config: dict, device: str) -> int:
    """Writes the page into out=DIR (./evaluations/sensitivity); names the metrics that have no value, and why.

    Clips are those of the protocol, but of films that are long enough to be played faster.
    """
    found, skipped = metrics(OmegaConf.to_container(settings.metrics, resolve=True))
    if not found:
        raise UserError(f"no metric is left to measure: {'; '.join(f'{name}: {why}' for name, why in skipped.items())}")
    protocol = damageable(build(protocol_config))
    protocol = on_films(protocol, build(data_config["source"]) if "source" in data_config else None)
    plain_config = data_config | {name: getattr(protocol, name) for name in SHARED}
    dense_config = plain_config | {"num_frames": num_dense(protocol.num_frames), "fps": DENSITY * protocol.fps}
    check(dense_config)
    data = build(dense_config)
    limits = [count for count in (settings.num_clips, protocol.num_real) if count is not None]
    batches = data.evaluation_clips(
        settings.batch_size,
        split=protocol.split,
        offset=protocol.offset,
        seed=protocol.seed,
        speed=protocol.speed,
        num_clips=min(limits, default=None),
    )
    dense = Clip(*(torch.cat(fields).to(device) for fields in zip(*batches, strict=True)))
    count = len(dense.key)
    card = protocol.at(data_hash=data.data_hash, extractors=extractors_of(found), num_clips=count).card
    for metric in learners(found, protocol):
        clips = build(plain_config).train_clips(settings.batch_size, mixed=True)
        with torch.no_grad():
            metric.remember(Clip(*(field.to(device) for field in clip)) for clip in clips)
    readings = sensitivity(
        {name: metric.to(device) for name, metric in found.items()},
        dense,
        data.task,
        list(DAMAGES),
        settings.batch_size,
        NUM_FOLDS,
        protocol.seed,
        lambda words: print(f"evaluate --sanity: {words}, {count} clips", file=sys.stderr, flush=True),
    )
    readings, blank = valued(readings)
    skipped |= dict.fromkeys(blank, "has no value on these clips")
    if not readings:
        raise UserError(f"none of the metrics has a value on these clips: {', '.join(blank)}")
    out = Path(settings.out) if settings.out else Path("evaluations") / "sensitivity"
    for path in sensitivity_page(readings, skipped, card, out):
        print(path)
    return 0


def damageable(protocol: Protocol) -> Protocol:
    """The protocol itself. Raises UserError where clips of it cannot be damaged as they are measured."""
    begun = f"--sanity damages films as they are, once, and protocol '{protocol.name}'"
    if protocol.codec is not None:
        raise UserError(f"{begun} has a codec: set it to null")
    if protocol.speed != 1:
        raise UserError(f"{begun} plays real films {protocol.speed:g} times as fast as generated ones: choose another")
    if protocol.num_trials != 1:
        raise UserError(f"{begun} has {protocol.num_trials} trials: set protocol.num_trials=1")
    return protocol


def valued(readings: list[Reading]) -> tuple[list[Reading], list[str]]:
    """The readings of what has a value, and the names of what has none: that is not blind, it was not measured."""
    seen = {reading.metric for reading in readings if not math.isnan(reading.effect)}
    blank = dict.fromkeys(reading.metric for reading in readings if reading.metric not in seen)
    return [reading for reading in readings if reading.metric in seen], list(blank)


def metrics(configs: Any) -> tuple[dict[str, Metric], dict[str, str]]:
    """The metrics that can be built, without intervals of their own; and what the others lack."""
    found, skipped = {}, {}
    for name, config in configs.items():
        check(config)
        quick = config | ({"num_resamples": 2} if "num_resamples" in config else {})  # the jackknife gives the errors
        try:
            metric = build(quick)
        except ConfigError:
            raise
        except UserError as error:
            skipped[name] = str(error)
            continue
        if not isinstance(metric, SecondsPerClip):  # nothing is animated here
            found[name] = metric
    return found, skipped
