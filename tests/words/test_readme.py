"""The commands of the README and of the experiments are run as they stand there, with ``debug=tiny``."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from kineograph.cli.main import VERBS, main

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "experiments").glob("*/README.md"))]
COMMENT = re.compile(r"\s+#.*$")


def commands(start: str) -> list[str]:
    found = []
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL):
            found += [COMMENT.sub("", line) for line in block.splitlines() if line.startswith(start)]
    return list(dict.fromkeys(found))


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(list(words), cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"
    return done


@pytest.mark.parametrize("command", commands("kineograph train"))
def test_train_commands(command, tmp_path, monkeypatch):
    words = [word for word in shlex.split(command)[1:] if word != "-m"]  # of a sweep, one job is enough
    words = [re.sub(r"(seed=\d+),.*", r"\1", word) for word in words]
    words = [word for word in words if not word.startswith(("data.source.", "max_images="))]  # moving_shapes, and few
    tiny = ["debug=tiny", "max_images=8", "callbacks=[progress]", "metrics=[]", "logger=[csv]"]
    if "--cfg" not in words:
        tiny += ["data=moving_shapes", "trainer=cpu"]  # the real clips may not be here
    monkeypatch.chdir(tmp_path)
    assert main([*words, *tiny]) == 0


@pytest.mark.parametrize("command", commands("kineograph animate"))
def test_animate_commands(command, tmp_path, monkeypatch):
    words = shlex.split(command)[1:]
    at = words.index("-o") + 1
    words[at] = str(tmp_path / Path(words[at]).name)
    monkeypatch.chdir(REPOSITORY)
    assert main(words) == 0
    assert Path(words[at]).stat().st_size > 0


@pytest.mark.parametrize("command", commands("make"))
def test_make_targets(command):
    words = shlex.split(command)
    run("make", "-n", *words[1:], cwd=REPOSITORY)
    target = words[1]
    assert re.search(rf"^{target}:.*## ", (REPOSITORY / "Makefile").read_text(), re.MULTILINE), (
        f"{target} is not told of"
    )


def test_every_verb_named_exists():
    for page in [*PAGES, *sorted((REPOSITORY / "docs").glob("*.md"))]:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL):
            for verb in re.findall(r"^kineograph ([a-z]+)", block, re.MULTILINE):
                assert verb in VERBS, f"{page}: kineograph {verb}"


def test_every_page_linked_to_exists():
    lost = []
    for page in [*PAGES, *sorted((REPOSITORY / "docs").glob("*.md"))]:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in link and not (page.parent / link).exists():
                lost.append(f"{page.relative_to(REPOSITORY)}: {link}")
    assert not lost, "\n".join(lost)


def test_the_readme_fits_two_screens():
    assert len((REPOSITORY / "README.md").read_text().splitlines()) <= 110
