"""The run folder: claimed once, described in full before anything is trained, and read back by every verb."""

import hashlib
import json
import os
import platform
import secrets
import socket
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml

from kineograph.core.confidential import redacted, require_public
from kineograph.core.errors import ConfigError, UserError
from kineograph.core.local_file import local_folder

PACKAGES = [
    "kineograph",
    "torch",
    "torchvision",
    "pytorch-lightning",
    "hydra-core",
    "omegaconf",
    "torchmetrics",
    "numpy",
]
STATES = ("running", "finished", "failed", "preempted", "pruned")


class Run:
    """A folder that holds one training run: config.yaml, facts.json, status.json, metrics.csv, checkpoints/, ..."""

    def __init__(self, path: Path):
        self.path = path

    @classmethod
    def claim(cls, parent: Path, name: str) -> "Run":
        """A new folder ``parent/TIME_NAME_SUFFIX`` that no other process has; several may ask in one second."""
        stamp = time.strftime("%Y-%m-%d_%H-%M-%S")
        try:
            parent.mkdir(parents=True, exist_ok=True)
            while True:
                path = parent / f"{stamp}_{name}_{secrets.token_hex(3)}"
                try:
                    path.mkdir()
                except FileExistsError:
                    continue
                return cls(path.resolve())
        except OSError as error:
            raise UserError(f"cannot make a run folder in '{parent}': {error.strerror}; set runs=DIR") from error

    @classmethod
    def claim_at(cls, path: Path) -> "Run":
        """The folder asked for with ``run_dir=``; it must not exist yet."""
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True)
            path.mkdir()
        except FileExistsError as error:
            if not path.exists():  # something above it is a file
                raise UserError(f"cannot make the run folder '{path}': {error.filename} is a file") from error
            raise ConfigError(f"run_dir={path} exists; resume it with resume={path} or name another") from error
        except OSError as error:
            raise UserError(f"cannot make the run folder '{path}': {error.strerror}") from error
        return cls(path.resolve())

    @classmethod
    def open(cls, path: str | Path) -> "Run":
        """A folder written by an earlier run, or a URL of it as a .tar with its sum. Raises UserError."""
        run = cls(local_folder(path).resolve())
        if not run.path.is_dir():
            raise UserError(f"there is no run folder '{path}'")
        if not (run.path / "config.yaml").is_file():
            raise UserError(f"'{path}' is not a run folder: it has no config.yaml")
        return run

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def name(self) -> str:
        return str(self.config().get("name") or self.path.name)

    def describe(
        self, config: dict[str, Any], overrides: list[str], choices: dict[str, str], allowed: list[str]
    ) -> None:
        """Writes all that is needed to know, and to repeat, what is about to run. Raises ConfigError for a secret."""
        require_public(config)
        write_atomic(self.path / "config.yaml", yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
        write_atomic(
            self.path / "overrides.json", redacted(json.dumps({"overrides": overrides, "choices": choices}, indent=1))
        )
        repository = Path(__file__).resolve().parents[3]
        lock = repository / "requirements.lock"
        facts = {
            "command": ["kineograph", *sys.argv[1:]],
            "allowed": allowed,
            "name": config.get("name"),
            "seed": config.get("seed"),
            "git_commit": _git(repository, "rev-parse", "HEAD"),
            "lock_sha256": hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else None,
            "python": platform.python_version(),
            "platform": platform.platform(),
            "versions": {package: _version(package) for package in PACKAGES},
            "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        }
        write_atomic(self.path / "facts.json", redacted(json.dumps(facts, indent=1)))
        difference = _git(repository, "diff", "HEAD")
        if difference:
            write_atomic(self.path / "git.diff", redacted(difference) + "\n")

    def config(self) -> dict[str, Any]:
        """The run's own resolved configuration; paths follow a folder that was moved."""
        try:
            config = yaml.safe_load((self.path / "config.yaml").read_text())
        except (OSError, yaml.YAMLError) as error:
            raise UserError(f"cannot read '{self.path / 'config.yaml'}': {' '.join(str(error).split())}") from error
        if not isinstance(config, dict):
            raise UserError(f"'{self.path / 'config.yaml'}' holds no configuration")
        written = config.get("run_dir")
        if isinstance(written, str) and written != str(self.path):
            config = _moved(config, written, str(self.path))
        return config

    def facts(self) -> dict[str, Any]:
        return read_json(self.path / "facts.json")

    def status(self) -> dict[str, Any]:
        """``state`` (one of STATES; none before the first start), ``images_seen``, ``train_seconds``, ..."""
        return read_json(self.path / "status.json")

    def update_status(self, **facts: Any) -> None:
        """Adds to status.json; a reader sees the old file or the new one, never half of one."""
        if "state" in facts and facts["state"] not in STATES:
            raise ValueError(f"a state is one of {STATES}, not {facts['state']}")
        pid, job = os.getpid(), os.environ.get("SLURM_JOB_ID")
        here = {"pid": pid, "born": born(pid), "host": socket.gethostname(), "slurm_job_id": job}
        known = self.status() | facts | {"updated": time.strftime("%Y-%m-%dT%H:%M:%S%z")} | here
        write_atomic(self.path / "status.json", json.dumps(known, indent=1))


def born(pid: int) -> str | None:
    """What tells a process from a later one of the same number: the starts of the machine and of it. None off Linux."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[19]}"
    except OSError:
        return None


def write_atomic(path: Path, text: str) -> None:
    """Replaces the file in one step."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UserError(f"cannot write '{path}': {error.strerror}") from error


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty where there is none."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read '{path}': {error}") from error
    if not isinstance(found, dict):
        raise UserError(f"cannot read '{path}': it holds no JSON object")
    return found


def _moved(tree: Any, old: str, new: str) -> Any:
    if isinstance(tree, dict):
        return {key: _moved(child, old, new) for key, child in tree.items()}
    if isinstance(tree, list):
        return [_moved(child, old, new) for child in tree]
    if isinstance(tree, str) and (tree == old or tree.startswith(old + "/")):
        return new + tree[len(old) :]
    return tree


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(folder: Path, *command: str) -> str | None:
    if not (folder / ".git").exists():  # an installed wheel has no repository, and must not report the user's
        return None
    try:
        done = subprocess.run(["git", *command], cwd=folder, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
