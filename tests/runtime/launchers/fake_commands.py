"""Stand-ins for commands that only a cluster has."""

import os
from pathlib import Path

import pytest


def put_first(folder: Path, commands: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Bash scripts in ``folder``, found before anything else of their names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in commands.items():
        (folder / name).write_text(f"#!/bin/bash\n{text}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
