"""Every line of docs/ that trains, animates or scores composes, and gives each class what it takes."""

import re
import shlex
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from kineograph.cli.compose import amend, compose, parsed
from kineograph.core.build import check

DOCS = Path(__file__).resolve().parents[2] / "docs"
FAMILY = {  # of the runs that a page speaks of
    "gans": "animator=gan",
    "diffusion": "animator=diffusion",
    "pretrained": "animator=pretrained",
}
OTHERS = {"extending"}  # a test of its own runs it
LINES = [
    (page.stem, line)
    for page in sorted(DOCS.glob("*.md"))
    for block in re.findall(r"```(?:sh|bash)\n(.*?)```", page.read_text(), re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
    if re.match(r"kineograph (train|animate|evaluate) ", line) and page.stem not in OTHERS
]
LISTS = re.findall(r"`(\+?(?:callbacks|metrics|logger)=[^` ]*)", (DOCS / "training.md").read_text())


def plain(words: list[str], root: str) -> dict:
    config = OmegaConf.to_container(compose(root, words, []).config, resolve=True)
    assert isinstance(config, dict)
    return config


def one_job(words: list[str]) -> list[str]:
    """The overrides of a sweep's first job; where values are drawn, the configuration's own."""
    first = []
    for override, word in zip(parsed(words), words, strict=True):
        if not override.is_sweep_override():
            first.append(word)
        elif override.is_discrete_sweep():
            first.append(f"{override.key_or_group}={next(iter(override.sweep_string_iterator()))}")
    return first


@pytest.mark.parametrize(("page", "line"), LINES)
def test_a_line_composes(page, line):
    _, verb, *words = shlex.split(line, comments=True)
    words = [word for word in words if "=" in word]  # flags, their values and pictures are argparse's
    if verb == "train":
        if not any(word.startswith("resume=") for word in words):
            config = plain(["run_dir=RUN", *one_job(words)], "train")
            check({role: config[role] for role in ("animator", "data", "callbacks")})
        return
    own = [word for word in words if word.startswith("animator.")]
    beyond = [word for word in words if word not in own and not word.startswith(("seed=", "references="))]
    if verb == "animate":
        beyond = [word for word in beyond if word.startswith(("procedure", "postprocess"))]
    composed = plain(beyond, verb)
    if composed.get("procedure"):
        check(composed["procedure"], animates=None)
    if own:
        config = amend(plain([FAMILY[page]], "train"), own)
        check(config["animator"])


@pytest.mark.parametrize("word", LISTS)
def test_a_list_of_parts_is_added_to_or_replaced(word):
    group, told = word.lstrip("+").split("=")
    named = [name for name in told.strip("[]").split(",") if name]
    before, after = (list(plain(words, "train")[group]) for words in ([], [word]))
    assert after == (before + named if word.startswith("+") else named)
