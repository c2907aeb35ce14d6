"""The page docs/extending.md is a program: its files are written as they stand there, tested, and trained with."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "extending.md").read_text()
COMMANDS = re.findall(r"^kineograph .*$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name, text in re.findall(r"```\w+ file=(\S+)\n(.*?)```", PAGE, re.DOTALL):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "mine" / "__init__.py").touch()
    return folder


def run(project: Path, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(project), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *command], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_pages_own_tests_pass(project):
    hook = "--jaxtyping-packages=mine,beartype.beartype"
    assert "4 passed" in run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", hook, "tests")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_pages_commands_train(project, command):
    words = command.split()[1:]
    run(project, "-m", "kineograph.cli.main", *words, "debug=tiny", "max_images=8", "callbacks=[progress]")


def test_the_pages_files_are_in_the_projects_style(project):
    ours = ["--config", 'lint.isort.known-first-party=["kineograph", "mine"]']
    run(project, "-m", "ruff", "check", "--config", str(REPOSITORY / "pyproject.toml"), *ours, str(project))
