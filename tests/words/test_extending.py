"""The page docs/extending.md is a program: its files are written as they stand there, tested, and trained with."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "extending.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
TINY = {
    "train": ["debug=tiny", "max_images=8", "callbacks=[progress,checkpoint]"],
    "evaluate": ["num_clips=4", "previews=1"],
}


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
    paths = os.pathsep.join([str(project), str(REPOSITORY / "src")])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *command], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_pages_own_tests_pass(project):
    hook = "--jaxtyping-packages=mine,beartype.beartype"
    assert "7 passed" in run(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", hook, "tests")


@pytest.mark.parametrize("block", BLOCKS)
def test_the_pages_commands_do_as_they_say(project, block):
    for command in block.splitlines():
        words = command.split()[1:]
        run(project, "-m", "kineograph.cli.main", *words, *TINY.get(words[0], []))
    if "export" in block:
        card = json.loads((project / "shimmer" / "card.json").read_text())
        assert card["data"]["licence"] == "CC0-1.0"
        rows = [json.loads(path.read_text()) for path in (project / "runs/shimmer/evaluations").glob("*.json")]
        assert any(row.get("higher_is_better") == {"fading": False} for row in rows)


def test_the_pages_files_are_in_the_projects_style(project):
    ours = ["--config", 'lint.isort.known-first-party=["kineograph", "mine"]']
    run(project, "-m", "ruff", "check", "--config", str(REPOSITORY / "pyproject.toml"), *ours, str(project))
