"""``kineograph evaluate --sanity``: every metric on controlled damage of real clips, as a matrix and a heat map."""

import sys
from pathlib import Path
from typing import Any

import torch
from omegaconf import OmegaConf
from torchmetrics import Metric

from kineograph.core.build import build, check
from kineograph.core.errors import ConfigError, UserError
from kineograph.core.types import Clip
from kineograph.metrics.damages import DAMAGES, DENSITY, num_dense
from kineograph.metrics.protocol import extractors_of
from kineograph.metrics.seconds_per_clip import SecondsPerClip
from kineograph.metrics.sensitivity import sensitivity
from kineograph.report.sensitivity_page import sensitivity_page

NUM_FOLDS = 5


def measure(settings: Any, data_config: dict, protocol_config: dict, device: str) -> int:
    """Writes the page into out=DIR (./evaluations/sensitivity); names the metrics whose weights are missing."""
    found, skipped = metrics(OmegaConf.to_container(settings.metrics, resolve=True))
    protocol = build(protocol_config)
    if protocol.codec is not None:
        raise UserError(
            f"--sanity damages films as they are, and protocol '{protocol.name}' has a codec: set it to null"
        )
    dense_config = data_config | {"num_frames": num_dense(protocol.num_frames), "fps": DENSITY * protocol.fps}
    check(dense_config)
    data = build(dense_config)
    batches = list(data.held_out_loader(settings.batch_size, num_clips=settings.num_clips))
    dense = Clip(*(torch.cat(fields).to(device) for fields in zip(*batches, strict=True)))
    count = len(dense.key)
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
    card = protocol.at(data_hash=data.data_hash, extractors=extractors_of(found), num_clips=count).card
    out = Path(settings.out) if settings.out else Path("evaluations") / "sensitivity"
    for path in sensitivity_page(readings, skipped, card, out):
        print(path)
    return 0


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
