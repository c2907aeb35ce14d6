"""Random clips of 16 frames from the same films: our clip store beside decoders and beside other ways to store.

Animated emoji become H.264 films (a key frame a second); every contender reads clips of them, one thread each, in the
same rounds. A rate is clips per second of processor time, threads of the process included, so that waiting for a
shared machine does not count; a comparison is the median of the rounds' ratios. Files lie in the page cache.
Then the quickstarts train for some steps, and the time their loop is blocked in ``next()`` is set against the step.

    python benchmarks/data.py                       # about four minutes; writes benchmarks/data.md

A contender that cannot be used is told with its reason. torchcodec needs the shared libraries of FFmpeg.
"""

import argparse
import functools
import gc
import importlib.metadata
import io
import itertools
import os
import platform
import statistics
import tarfile
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))  # before they are imported

# ruff: noqa: E402
import av
import cv2
import numpy as np
import pytorch_lightning as pl
import torch
from av.video.reformatter import VideoReformatter

from kineograph.core.build import build
from kineograph.core.random import MODULUS, mix
from kineograph.data.clip_data import ClipData
from kineograph.data.clip_reader import ClipReader, Window
from kineograph.data.encoders.words import Words
from kineograph.data.sources.fluent_emoji import FluentEmoji
from kineograph.data.sources.video_folder import VideoFolder
from kineograph.data.store_writer import decode as decode_emoji

ROOT = Path(__file__).resolve().parents[1]
FRAMES, FPS, BATCH = 16, 24, 8
OURS, OURS_TRAINING = "kineograph store", "kineograph store, training batches"
LITDATA, LITDATA_CUT, LITDATA_TRAINING = "litdata", "litdata, cut to 16 frames", "litdata, training batches"
LITDATA_ORDER = "litdata, cut, in stored order"  # its best case, though nothing is random about it
DECODERS = ("PyAV", "decord", "torchcodec", "OpenCV", "imageio (pyav)")
STORED = ("webdataset, films", "webdataset, frames", LITDATA, LITDATA_CUT, LITDATA_ORDER)
MODULES = {"decord": "decord", "torchcodec": "torchcodec", "imageio (pyav)": "imageio"}
MODULES |= {name: name.split(",")[0] for name in (*STORED, LITDATA_TRAINING)}

Read = Callable[[int, int], np.ndarray]  # film, first frame -> 16 frames


class Films(NamedTuple):
    """The same films as files, as frames, and in our store."""

    folder: Path
    paths: list[Path]
    frames: list[np.ndarray]  # as decoded from the files
    store: Any


def make_films(size: int, number: int, folder: Path) -> Films:
    """Emoji of at least 32 frames, encoded as H.264 and prepared in a store."""
    given = {"background": [255, 255, 255], "height": size, "width": size, "fps": FPS, "held_out": 0.15}
    emoji, films = FluentEmoji(packages=1, **given), folder / "films"
    films.mkdir()
    items = emoji.items()[0]
    for item in items[:: max(1, len(items) // number)]:
        frames = decode_emoji(item, emoji.shape, folder)
        if len(frames) < 2 * FRAMES or len(list(films.iterdir())) == number:
            continue
        with av.open(str(films / f"{item.path.stem}.mp4"), "w") as target:
            stream = target.add_stream("libx264", rate=FPS, options={"crf": "16", "g": str(FPS)})
            stream.width = stream.height = size
            stream.pix_fmt = "yuv420p"
            for frame in frames:
                target.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            target.mux(stream.encode())
    source = VideoFolder(folder=str(films), stills=False, channels=3, resize="centre", **given)
    assert source.prepare(1) == []
    store = source.open()
    return Films(films, [films / row["source"] for row in store.rows], [*map(store.whole, range(number))], store)


# ---- contenders: random access ----------------------------------------------------------------------------


def read_store(films: Films) -> Read:
    clock = np.arange(FRAMES) / FPS
    return lambda film, first: films.store.read(film, first / FPS + clock).copy()  # what it gives is a view of the map


def decode(file: str | io.BytesIO, start: Callable[[int], int], scaler: VideoReformatter) -> np.ndarray:
    """16 frames by PyAV, from the key frame before the first one wanted."""
    with av.open(file) as source:
        stream = source.streams.video[0]
        stream.thread_count = 1
        wanted = round(start(stream.frames) / FPS / stream.time_base)
        source.seek(wanted, stream=stream)
        frames = []
        for frame in source.decode(stream):
            if frame.pts >= wanted:
                frames.append(scaler.reformat(frame, format="rgb24", threads=1).to_ndarray())
            if len(frames) == FRAMES:
                break
    return np.stack(frames)


def read_pyav(films: Films) -> Read:
    scaler = VideoReformatter()
    return lambda film, first: decode(str(films.paths[film]), lambda _: first, scaler)


def read_decord(films: Films) -> Read:
    from decord import VideoReader, cpu

    def read(film: int, first: int) -> np.ndarray:
        return (
            VideoReader(str(films.paths[film]), cpu(0), num_threads=1).get_batch(range(first, first + FRAMES)).asnumpy()
        )

    return read


def read_torchcodec(films: Films) -> Read:
    from torchcodec.decoders import VideoDecoder

    def read(film: int, first: int) -> np.ndarray:
        decoder = VideoDecoder(films.paths[film], num_ffmpeg_threads=1, dimension_order="NHWC", seek_mode="approximate")
        return decoder.get_frames_in_range(first, first + FRAMES).data.numpy()

    return read


def read_opencv(films: Films) -> Read:
    cv2.setNumThreads(1)

    def read(film: int, first: int) -> np.ndarray:
        source = cv2.VideoCapture(str(films.paths[film]), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        source.set(cv2.CAP_PROP_POS_FRAMES, first)
        frames = [cv2.cvtColor(source.read()[1], cv2.COLOR_BGR2RGB) for _ in range(FRAMES)]
        source.release()
        return np.stack(frames)

    return read


def read_imageio(films: Films) -> Read:
    import imageio.v3

    def read(film: int, first: int) -> np.ndarray:
        with imageio.v3.imopen(films.paths[film], "r", plugin="pyav") as source:
            source._video_stream.thread_count = 1
            return np.stack([*itertools.islice(source.iter(thread_type="NONE"), first, first + FRAMES)])

    return read


# ---- contenders: streams ----------------------------------------------------------------------------------


def at_random(frames: np.ndarray, drawn: Iterator[int]) -> np.ndarray:
    first = mix(next(drawn)) % (len(frames) - FRAMES + 1)
    return frames[first : first + FRAMES]


def forever(make: Callable[[], Iterable]) -> Iterator:
    while True:
        yield from make()


def stream_webdataset(films: Films, kind: str) -> Iterator[np.ndarray]:
    """Two tars; the frames of a film as one array, or the film as it is, decoded by PyAV from the clip's key frame."""
    import webdataset

    folder, drawn = films.folder.parent / f"webdataset-{kind}", itertools.count()
    scaler = VideoReformatter()
    folder.mkdir()
    for shard in (0, 1):
        with tarfile.open(folder / f"{shard}.tar", "w") as archive:
            for place in range(shard, len(films.paths), 2):
                content = io.BytesIO()
                if kind == "npy":
                    np.save(content, films.frames[place])
                else:
                    content.write(films.paths[place].read_bytes())
                member = tarfile.TarInfo(f"{place:04d}.{kind}")
                member.size = content.tell()
                content.seek(0)
                archive.addfile(member, content)

    def clip(sample: dict) -> np.ndarray:
        if kind == "npy":
            return at_random(np.load(io.BytesIO(sample["npy"])), drawn)
        return decode(io.BytesIO(sample["mp4"]), lambda length: mix(next(drawn)) % (length - FRAMES + 1), scaler)

    shards = [str(path) for path in sorted(folder.iterdir())]
    return forever(lambda: webdataset.WebDataset(shards, shardshuffle=2, empty_check=False).shuffle(32).map(clip))


def as_sample(item: tuple[np.ndarray, int]) -> dict:
    return {"frames": item[0], "label": item[1]}


def optimized(films: Films, cut: bool) -> Path:
    """litdata's chunks of whole films, or of pieces of 16 frames."""
    import litdata

    folder = films.folder.parent / f"litdata-{cut}"
    if not folder.exists():
        labels = [film.label for film in films.store.films]
        items = list(zip(films.frames, labels, strict=True))
        if cut:
            starts = [range(0, len(film) - FRAMES + 1, FRAMES) for film in films.frames]
            items = [(film[s : s + FRAMES], label) for (film, label), all_ in zip(items, starts) for s in all_]
        litdata.optimize(as_sample, items, str(folder), num_workers=1, chunk_bytes="64MB", start_method="fork")
    return folder


def stream_litdata(films: Films, cut: bool, shuffle: bool) -> Iterator[np.ndarray]:
    from litdata import StreamingDataset

    dataset, drawn = StreamingDataset(str(optimized(films, cut)), shuffle=shuffle), itertools.count()
    return (at_random(sample["frames"], drawn) for sample in forever(lambda: dataset))


# ---- whole training batches -------------------------------------------------------------------------------


def batches_of_ours(films: Films) -> Iterator[torch.Tensor]:
    """Clips in [-1, 1], ``b t c h w``, with captions, labels, times and keys."""
    size = films.frames[0].shape[1]
    shape = {"num_frames": FRAMES, "height": size, "width": size, "channels": 3, "fps": FPS}
    words = {"text": Words(), "num_tokens": 8, "text_dim": 32, "num_factors": 7, "short": "repeat"}
    reader = ClipReader(films=films.store, **shape, **words)
    for first in itertools.count(0, BATCH):
        windows = []
        for place in range(first, first + BATCH):
            film = mix(place, 1) % len(films.paths)
            windows.append(Window(film, 0, reader.room(film, 1.0) * (mix(place, 2) / MODULUS), 1.0))
        yield reader.read(windows).video


def batches_of_litdata(films: Films) -> Iterator[torch.Tensor]:
    """Clips in [-1, 1], ``b t c h w``, with labels, by its own loader, in stored order, which suits it best."""
    from litdata import StreamingDataLoader, StreamingDataset

    drawn = itertools.count()

    def clip(sample: dict) -> tuple[torch.Tensor, int]:
        frames = torch.from_numpy(at_random(sample["frames"], drawn))
        return frames.permute(0, 3, 1, 2).float().div_(127.5).sub_(1), sample["label"]

    dataset = StreamingDataset(str(optimized(films, True)), shuffle=False, transform=clip)
    loader = StreamingDataLoader(dataset, batch_size=BATCH, num_workers=0, drop_last=True)
    return (batch[0] for batch in forever(lambda: loader))


READERS = {
    OURS: read_store,
    "PyAV": read_pyav,
    "decord": read_decord,
    "torchcodec": read_torchcodec,
    "OpenCV": read_opencv,
    "imageio (pyav)": read_imageio,
}
STREAMS: dict[str, Callable[[Films], Iterator]] = {
    "webdataset, films": functools.partial(stream_webdataset, kind="mp4"),
    "webdataset, frames": functools.partial(stream_webdataset, kind="npy"),
    LITDATA: functools.partial(stream_litdata, cut=False, shuffle=True),
    LITDATA_CUT: functools.partial(stream_litdata, cut=True, shuffle=True),
    LITDATA_ORDER: functools.partial(stream_litdata, cut=True, shuffle=False),
    OURS_TRAINING: batches_of_ours,
    LITDATA_TRAINING: batches_of_litdata,
}


def contender(name: str, films: Films) -> Callable[[int], None]:
    """Reads so many clips."""
    if name in READERS:
        read, drawn = READERS[name](films), itertools.count()
        for film in range(0, len(films.paths), 7):  # the right frames, up to the rounding of colours
            first = (film * 5) % (len(films.frames[film]) - FRAMES + 1)
            found = read(film, first)
            assert found.shape == (FRAMES, *films.frames[0].shape[1:]) and found.dtype == np.uint8, (name, found.shape)
            apart = np.abs(found.astype(int) - films.frames[film][first : first + FRAMES]).mean()
            assert apart < 3, f"{name}: film {film} from frame {first} differs by {apart:.1f} levels"

        def work(number: int) -> None:
            for _ in range(number):
                place = next(drawn)
                film = mix(place, 1) % len(films.paths)
                read(film, mix(place, 2) % (len(films.frames[film]) - FRAMES + 1))

        return work
    stream = iter(STREAMS[name](films))
    size = len(next(stream)) if name.endswith("batches") else 1

    def consume(number: int) -> None:
        for _ in range(0, number, size):
            next(stream)

    return consume


def processor_seconds(work: Callable[[int], None], number: int) -> tuple[float, float]:
    """Of the processor, and of the clock."""
    clock, start = time.perf_counter(), time.process_time()
    work(number)
    return time.process_time() - start, time.perf_counter() - clock


def ratio(rates: dict[str, list[float]], one: str, other: str) -> str:
    ratios = [a / b for a, b in zip(rates[one], rates[other], strict=True)]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def compare(size: int, number: int, rounds: int, folder: Path) -> list[str]:
    """The table of one size."""
    films = make_films(size, number, folder)
    works, absent = {}, {}
    for name in (*READERS, *STREAMS):
        try:
            works[name] = contender(name, films)
            works[name](BATCH)
        except (ImportError, OSError, RuntimeError, AttributeError) as error:
            absent[name] = " ".join(f"{type(error).__name__}: {error}".split())[:110]
            print(f"{name}: not run: {absent[name]}", flush=True)
    gc.freeze()  # imageio collects garbage at every film; ours is not its fault
    numbers = {}
    for name, work in works.items():  # a turn is a tenth of a second, in whole batches
        took = processor_seconds(work, 2 * BATCH)[0] / (2 * BATCH)
        numbers[name] = max(BATCH, round(0.1 / max(took, 1e-6) / BATCH) * BATCH)
    rates: dict[str, list[float]] = {name: [] for name in works}
    walls: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            processor, wall = processor_seconds(work, numbers[name])
            rates[name].append(numbers[name] / processor)
            walls[name].append(numbers[name] / wall)
        print(f"{size}: " + ", ".join(f"{name} {each[-1]:.0f}" for name, each in rates.items()), flush=True)
    best = max((name for name in DECODERS if name in rates), key=lambda name: statistics.median(rates[name]))
    lines = [
        "",
        f"{number} films of {size} x {size}, {sum(map(len, films.frames))} frames,"
        f" {sum(path.stat().st_size for path in films.paths) / 1e6:.1f} MB as H.264; {rounds} rounds",
        "",
        f"| contender | clips a second and core (lowest to highest) | by the clock | {OURS} / it |",
        "|---|---|---|---|",
    ]
    for name in (*READERS, *STREAMS):
        if name in absent:
            lines.append(f"| {name} | not run: {absent[name]} | | |")
            continue
        rate = f"{statistics.median(rates[name]):.0f} ({min(rates[name]):.0f} to {max(rates[name]):.0f})"
        version = f" {importlib.metadata.version(MODULES[name])}" if name in MODULES else ""
        ours = OURS_TRAINING if name.endswith("batches") else OURS
        lines.append(
            f"| {name}{version} | {rate} | {statistics.median(walls[name]):.0f} | {ratio(rates, ours, name)} |"
        )
    lines += ["", f"Against the best decoder ({best}): {ratio(rates, OURS, best)}."]
    return lines


# ---- blocked in next() ------------------------------------------------------------------------------------


class Timed:
    """A loader that notes how long each ``next`` took, and when it was over: without workers, in processor time."""

    def __init__(self, loader: Iterable):
        self.loader = loader
        self.blocked: list[float] = []
        self.done: list[float] = []

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator:
        batches = iter(self.loader)
        while True:
            start = time.process_time()
            try:
                batch = next(batches)
            except StopIteration:
                return
            self.done.append(time.process_time())
            self.blocked.append(self.done[-1] - start)
            yield batch


class TimedData(ClipData):
    """ClipData whose training loader is timed."""

    def train_dataloader(self, rank: int | None = None, world: int | None = None) -> Timed:
        self.timed = Timed(super().train_dataloader(rank, world))
        return self.timed


def blocked(experiment: str, steps: int) -> str:
    """One line: milliseconds in ``next`` and of the whole step, and the median share over ``steps``."""
    from kineograph.cli.compose import compose
    from kineograph.cli.train import resolved

    words = [f"experiment={experiment}", "callbacks=[]", "logger=[]", "metrics=[]", "animator.codec.images=8"]
    config = resolved(compose("train", words, []).config)
    torch.manual_seed(0)
    whole = build(config["data"])
    whole.__class__ = TimedData
    whole.stop_position = 10**9
    trainer = pl.Trainer(
        max_steps=-1, max_epochs=1, limit_train_batches=steps + 10, accelerator="cpu", logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.fit(build(config["animator"]), datamodule=whole)
    done, waits = whole.timed.done, whole.timed.blocked
    whole_steps = [after - before for before, after in itertools.pairwise(done)]
    shares = sorted(wait / step for wait, step in zip(waits[11:], whole_steps[10:]))
    workers = config["data"]["num_workers"]
    return (
        f"| {experiment} | {workers} | {len(shares)} | {1000 * statistics.median(waits[11:]):.2f} |"
        f" {1000 * statistics.median(whole_steps[10:]):.0f} | {100 * statistics.median(shares):.2f} % |"
        f" {100 * shares[len(shares) * 9 // 10]:.2f} % |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=200, help="of the quickstarts; 0 leaves them out")
    parser.add_argument("--sizes", type=int, nargs="*", default=[64, 128])
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "data.md")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    lines = []
    for size in chosen.sizes:
        with tempfile.TemporaryDirectory() as folder:
            stores = os.environ.get("KINEOGRAPH_STORES")
            os.environ["KINEOGRAPH_STORES"] = str(Path(folder) / "stores")
            lines += compare(size, chosen.films, chosen.rounds, Path(folder))
            os.environ.pop("KINEOGRAPH_STORES")
            if stores is not None:
                os.environ["KINEOGRAPH_STORES"] = stores
    if chosen.steps:
        lines += [
            "",
            "| training | workers | steps | in `next()`, ms | step, ms | share, median | share, 9 of 10 steps below |",
            "|---|---|---|---|---|---|---|",
        ]
        for experiment in ("quickstart_gan", "quickstart_flow"):
            lines.append(blocked(experiment, chosen.steps))
            print(lines[-1], flush=True)
    head = (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[1]:.1f},"
        f" torch {torch.__version__}, PyAV {av.__version__}, OpenCV {cv2.__version__}, one thread each"
    )
    chosen.output.write_text("\n".join([head, *lines]) + "\n")
    print("\n".join([head, *lines]))


if __name__ == "__main__":
    main()
