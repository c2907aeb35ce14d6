"""FID, KID, Inception Score, precision and recall in one pass, beside three packages that are run one after the other.

Every contender looks through the same network: one file of random weights, given to each through its own interface. A
shared machine's speed drifts, so every round times every contender once, and what is told is the median of the rounds'
ratios. Peers read PNG files of the very frames that our extractor chooses, which is how they are used.

    python benchmarks/metrics.py                    # 32 frames a side: about 100 processor seconds a round
    python benchmarks/metrics.py --clips 32 --rounds 3
"""

import argparse
import contextlib
import io
import os
import platform
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads stall each other on a shared machine

import torch
from einops import rearrange
from omegaconf import OmegaConf
from PIL import Image
from torch import Tensor
from torch_fidelity import calculate_metrics
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from kineograph.core.build import build
from kineograph.core.evaluate import evaluate
from kineograph.core.random import Noise
from kineograph.core.types import KEYS_PER_GROUP, Clip, Condition
from kineograph.core.video import to_uint8
from kineograph.networks.pretrained.frame_extractor import chosen_frames
from kineograph.networks.pretrained.inception import Inception

ROOT = Path(__file__).resolve().parents[1]
METRICS = ("fid", "kid", "inception_score", "prdc")
HUB_NAME = "pt_inception-2015-12-05-6726825d.pth"  # under which pytorch-fid and clean-fid look for their weights
FRAMES, SIZE, BATCH = 4, 64, 16


def random_inception(folder: Path) -> Path:
    """A file that fits the Inception of all three packages, where each looks for it."""
    path = folder / "checkpoints" / HUB_NAME
    path.parent.mkdir(parents=True)
    torch.manual_seed(0)
    load, fit = torch.load, FeatureExtractorInceptionV3.load_state_dict
    try:  # the network can only be made from a file
        torch.load, FeatureExtractorInceptionV3.load_state_dict = (lambda *_, **__: {}), (lambda *_: None)
        network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], "none")
    finally:
        torch.load, FeatureExtractorInceptionV3.load_state_dict = load, fit
    torch.save(network.state_dict(), path)
    torch.hub.set_dir(str(folder))
    return path


def clips(count: int, seed: int, blur: float) -> Clip:
    """Coloured noise that moves; ``blur`` sets the made ones apart from the real ones."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, FRAMES + 1, 3, SIZE // 8, SIZE // 8, generator=generator)
    flat = rearrange(coarse, "b t c h w -> (b t) c h w")
    frames = torch.nn.functional.interpolate(flat, size=(SIZE, SIZE), mode="bicubic").clamp(0, 1)
    frames = (frames * (1 - blur) + blur / 2) * 2 - 1
    video = rearrange(((frames + 1) * 127.5).round() / 127.5 - 1, "(b t) c h w -> b t c h w", b=count)
    return Clip(
        video,
        torch.arange(FRAMES + 1).expand(count, -1) / 12,
        torch.full((count,), -1),
        torch.zeros(count, 1, 1),
        torch.zeros(count, 1, dtype=torch.bool),
        torch.zeros(count, 0),
        torch.arange(count) * KEYS_PER_GROUP,
    )


class Shows:
    """An animator that has made its films before."""

    def __init__(self, clip: Clip):
        self.films = dict(zip(clip.key.tolist(), clip.video, strict=True))

    def animate(self, condition: Condition, noise: Noise) -> Tensor:
        return torch.stack([self.films[key] for key in condition.label.tolist()])


def by_key(clip: Clip) -> Condition:
    mask = torch.zeros_like(clip.video[:, :, :1])
    untold = torch.full((len(clip.key),), torch.nan)
    return Condition(clip.video * mask, mask, clip.times, clip.key, clip.text, clip.text_mask, untold)


def save_frames(clip: Clip, folder: Path) -> str:
    """The frames that our extractor will choose, as PNG files."""
    folder.mkdir()
    for key, film in zip(clip.key.tolist(), clip.video, strict=True):
        for place, frame in enumerate(to_uint8(film[chosen_frames(FRAMES + 1, FRAMES)]).numpy()):
            Image.fromarray(frame).save(folder / f"{key:012d}_{place}.png")
    return str(folder)


def contenders(real: Clip, fake: Clip, folder: Path, weights: Path) -> dict[str, Callable[[], dict[str, float]]]:
    """What each is, and its scores."""
    from cleanfid import fid as clean_fid
    from pytorch_fid.fid_score import calculate_fid_given_paths

    paths = [save_frames(real, folder / "real"), save_frames(fake, folder / "fake")]
    frames = len(real.key) * FRAMES

    def ours() -> dict[str, float]:
        metrics = {}
        for name in METRICS:
            config = OmegaConf.load(ROOT / "conf" / "metrics" / f"{name}.yaml")[name]
            config.extractor.update({"weights": str(weights), "expected_sha256": None, "num_frames": FRAMES})
            metrics[name] = build(config)
        batches = zip(*(field.split(BATCH // FRAMES) for field in real), strict=True)
        return evaluate(Shows(fake), [Clip(*(f.clone() for f in batch)) for batch in batches], by_key, metrics, seed=0)

    def torch_fidelity() -> dict[str, float]:
        return calculate_metrics(
            input1=paths[1],
            input2=paths[0],
            isc=True,
            fid=True,
            kid=True,
            prc=True,
            isc_splits=1,
            kid_subset_size=min(1000, frames),
            feature_extractor="inception-v3-compat",
            feature_extractor_weights_path=str(weights),
            batch_size=BATCH,
            cuda=False,
            cache=False,
            save_cpu_ram=True,  # no worker processes
            verbose=False,
        )

    def pytorch_fid() -> dict[str, float]:
        return {"fid": calculate_fid_given_paths(paths, BATCH, "cpu", 2048, num_workers=0)}

    def clean() -> dict[str, float]:
        settings = {"mode": "legacy_pytorch", "num_workers": 0, "batch_size": BATCH, "device": torch.device("cpu")}
        return {"fid": clean_fid.compute_fid(*paths, **settings, verbose=False, use_dataparallel=False)}

    return {"kineograph": ours, "torch-fidelity": torch_fidelity, "pytorch-fid": pytorch_fid, "clean-fid": clean}


def passes(real: Clip, weights: Path) -> dict[str, Callable[[], Tensor]]:
    """All real frames through our extractor, and through the network that it holds and nothing else."""
    extractor = Inception(weights=str(weights), expected_sha256=None, num_frames=FRAMES, batch_size=BATCH)
    network = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], str(weights))
    frames = rearrange(real.video[:, chosen_frames(FRAMES + 1, FRAMES)], "b t c h w -> (b t) c h w")
    levels = ((frames + 1) * 127.5).round().byte()

    def bare() -> Tensor:
        with torch.no_grad():
            return torch.cat([network(part)[0] for part in levels.split(BATCH)])

    def ours() -> Tensor:
        return torch.cat([extractor(part.clone()).flatten(0, 1) for part in real.video.split(BATCH // FRAMES)])

    return {"extractor": ours, "bare network": bare}


def timed(work: Callable[[], object]) -> float:
    """Seconds of processor time of all threads, so that waiting for a shared machine does not count."""
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        work()
    return time.process_time() - start


def told(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=8, help="of 4 frames, on each side")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    warnings.filterwarnings("ignore")  # of the peers
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        weights = random_inception(folder / "hub")
        real, fake = clips(options.clips, 0, 0.0), clips(options.clips, 1, 0.2)
        both = passes(real, weights)
        features: dict[str, Tensor] = {}
        works = contenders(real, fake, folder, weights)
        scores = {}
        times: dict[str, list[float]] = {who: [] for who in [*works, *both]}
        for place in range(options.rounds):
            for who, work in works.items():
                times[who].append(timed(lambda work=work, who=who: scores.update({who: work()})))
                print(f"round {place + 1}: {who} {times[who][-1]:.1f} s", file=sys.stderr, flush=True)
            for who, work in both.items():
                times[who].append(timed(lambda work=work, who=who: features.update({who: work()})))
            print(
                f"round {place + 1}: {', '.join(f'{w} {t[-1]:.1f} s' for w, t in times.items())}",
                file=sys.stderr,
                flush=True,
            )
    peers = [who for who in works if who != "kineograph"]
    one_by_one = [sum(parts) for parts in zip(*(times[who] for who in peers), strict=True)]
    ratios = [mine / all_ for mine, all_ in zip(times["kineograph"], one_by_one, strict=True)]
    rates = [bare / mine for bare, mine in zip(times["bare network"], times["extractor"], strict=True)]
    frames = options.clips * FRAMES
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {options.threads} threads, torch {torch.__version__}, "
          f"{frames} frames of {SIZE} x {SIZE} on each side, {options.rounds} rounds, load {os.getloadavg()[0]:.1f}\n"
          "\n| contender | processor seconds, median | kineograph / it |\n|---|---|---|")  # fmt: skip
    for who in works:
        against = [mine / yours for mine, yours in zip(times["kineograph"], times[who], strict=True)]
        print(f"| {who} | {statistics.median(times[who]):.1f} | {told(against) if who != 'kineograph' else 1} |")
    print(f"| the three, one after the other | {statistics.median(one_by_one):.1f} | {told(ratios)} |\n")
    apart = (features["extractor"] - features["bare network"]).abs().max() / features["bare network"].abs().max()
    mine = statistics.median(frames / seconds for seconds in times["extractor"])
    print(
        f"Features: {mine:.1f} frames a second, {told(rates)} of the bare network's rate; they differ from its own by "
        f"{apart:.1e} of the largest.\n\n| score | {' | '.join(works)} |"
    )
    print(f"|---|{'---|' * len(works)}")
    names = {
        "FID": ("fid", "frechet_inception_distance"),
        "KID": ("kid", "kernel_inception_distance_mean"),
        "Inception Score": ("inception_score", "inception_score_mean"),
        "precision": ("prdc_precision", "precision"),
        "recall": ("prdc_recall", "recall"),
    }
    for name, keys in names.items():
        cells = [next((f"{found[key]:.6g}" for key in keys if key in found), "–") for found in scores.values()]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
