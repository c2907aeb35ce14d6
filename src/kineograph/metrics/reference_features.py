"""Features of the real clips in a file that belongs to one data set, one protocol and one extractor's weights."""

import hashlib
import inspect
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torchmetrics import Metric

from kineograph.core.errors import UserError
from kineograph.core.protocols import Extractor, Task
from kineograph.core.types import Clip, Sample, Video
from kineograph.metrics.protocol import named


class ReferenceFeatures:
    """An extractor that remembers what it answered to real clips, also in the next process.

    A film's features are found by the film's own content, so that no other film can ever be given them. Raises
    UserError for a file that was made from other data, under another protocol or with other weights.
    """

    def __init__(self, *, extractor: Extractor, folder: Path, card: Mapping[str, Any], bf16: bool):
        self.extractor = extractor
        self.bf16 = bf16  # the network's products in bfloat16: faster on a GPU, and another measurement
        self.name = extractor.name
        self.feature_dim = extractor.feature_dim
        self.facts = {
            "data_hash": str(card["data_hash"]),
            "protocol": str(card["hash"]),
            "extractor": precise(extractor, bf16),
            "sha256": extractor.sha256,
        }
        place = hashlib.sha256(f"{self.facts['extractor']} {extractor.sha256} {_code(extractor)}".encode()).hexdigest()[
            :8
        ]
        self.path = folder / str(card["data_hash"])[:16] / str(card["hash"]) / f"{self.name}-{place}.safetensors"
        self.known: dict[str, Tensor] = self._read()
        self.learns = False
        self.learnt = 0

    @property
    def sha256(self) -> str:
        return self.extractor.sha256

    def __call__(self, video: Video) -> Tensor:
        digests = [_digest(film) for film in video]
        missing = [place for place, digest in enumerate(digests) if digest not in self.known]
        if len(missing) == len(video) and not self.learns:
            return self.features(video)  # of the very tensor: extractors remember it while it lives
        found = {digest: self.known[digest] for digest in digests if digest in self.known}
        if missing:
            features = self.features(video if len(missing) == len(video) else video[missing])
            new = {digests[place]: row.detach().cpu() for place, row in zip(missing, features, strict=True)}
            found |= new
            if self.learns:
                self.known |= {digest: row.clone() for digest, row in new.items()}
                self.learnt += len(new)
        return torch.stack([found[digest] for digest in digests]).to(video.device)

    def features(self, video: Video) -> Tensor:
        with torch.autocast(video.device.type, torch.bfloat16, enabled=self.bf16):
            return self.extractor(video).float()

    def error(self, video: Video) -> float:
        """How far these films' features are from those in single precision: root mean square, over their spread."""
        with torch.no_grad():
            mine, exact = self.features(video.clone()), self.extractor(video.clone()).float()  # neither is remembered
        return float((mine - exact).square().mean().sqrt() / exact.std(correction=0))

    @contextmanager
    def learning(self) -> Iterator[None]:
        """While this lasts every film is a real one; what is new goes into the file at the end."""
        self.learns = True
        try:
            yield
        finally:
            self.learns = False
        if self.learnt:
            self._write()
            self.learnt = 0

    def _read(self) -> dict[str, Tensor]:
        if not self.path.is_file():
            return {}
        try:
            with safe_open(self.path, framework="pt") as file:
                facts = file.metadata() or {}
                wrong = [
                    f"{key}: {facts.get(key, 'none')[:12]} and {value[:12]}"
                    for key, value in self.facts.items()
                    if facts.get(key) != value
                ]
                if wrong:
                    raise UserError(
                        f"'{self.path}' holds reference features of something else ({'; '.join(wrong)}); delete it"
                    )
                return {digest: file.get_tensor(digest) for digest in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise UserError(f"'{self.path}' cannot be read as reference features; delete it") from error

    def _write(self) -> None:
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            save_file({digest: row.contiguous() for digest, row in self.known.items()}, temporary, self.facts)
            os.replace(temporary, self.path)
        except (OSError, SafetensorError) as error:
            if temporary.parent.is_dir():
                temporary.unlink(missing_ok=True)
            raise UserError(
                f"'{self.path.parent}' cannot be written ({' '.join(str(error).split())}); set KINEOGRAPH_CACHE to a "
                "folder"
            ) from error


def precise(extractor: Extractor, bf16: bool) -> str:
    """The extractor's name and settings, as a card holds them."""
    return f"{named(extractor)} bf16" if bf16 else named(extractor)


def look_through(
    metrics: Mapping[str, Metric], folder: Path, card: Mapping[str, Any], bf16: bool
) -> list[ReferenceFeatures]:
    """Gives each metric's extractor a memory of its real clips; one for all metrics with equal extractors."""
    made: dict[tuple[str, str], ReferenceFeatures] = {}
    for metric in metrics.values():
        if (extractor := vars(metric).get("extractor")) is not None:
            same = (named(extractor), extractor.sha256)
            if same not in made:
                made[same] = ReferenceFeatures(extractor=extractor, folder=folder, card=card, bf16=bf16)
            metric.extractor = made[same]
    return list(made.values())


def learn(
    references: list[ReferenceFeatures], metrics: Mapping[str, Metric], clips: Iterable[Clip], task: Task
) -> None:
    """Every real clip through every metric that looks through an extractor, as it will be asked again for each row."""
    looking = [metric for metric in metrics.values() if vars(metric).get("extractor") in references]
    if not looking:
        return
    with torch.no_grad():
        for reference in references:
            with reference.learning():
                for clip in clips:
                    seeds = torch.zeros_like(clip.key)
                    sample = Sample(clip, task(clip), clip.video, {}, seeds, 0.0)
                    for metric in looking:
                        if vars(metric)["extractor"] is reference:
                            metric.update(sample)
    for metric in looking:
        metric.reset()


def _digest(film: Float[Tensor, "t c h w"]) -> str:
    pixels = film.detach().cpu().contiguous()
    shape = "x".join(map(str, pixels.shape))
    return hashlib.blake2b(pixels.numpy().tobytes(), digest_size=16, person=shape.encode()[:16]).hexdigest()


def _code(extractor: Extractor) -> str:
    """A hash of the code that prepares the pictures, so that a changed one never reads what another one wrote."""
    source = inspect.getsourcefile(type(extractor))
    digest = hashlib.sha256()
    for file in sorted(Path(source).parent.glob("*.py")) if source else []:  # extractors share code with neighbours
        digest.update(file.read_bytes())
    return digest.hexdigest()
