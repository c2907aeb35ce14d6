"""Runs of the smallest animator, claimed and described as the command line does it."""

from pathlib import Path

from kineograph.cli.compose import compose
from kineograph.cli.train import prepare
from kineograph.core.build import allow
from kineograph.core.run import Run

CONF = str(Path(__file__).parent / "tiny_conf")
CHOICES = [
    "animator=tiny_part",
    "data=tiny_part",
    "~task",
    "metrics=[]",
    "callbacks=[preemption,checkpoint]",
    "max_images=64",
]


def tiny_run(folder: Path, *overrides: str) -> Run:
    allow("tests")
    words = [*CHOICES, f'run_dir="{folder}"', *overrides]
    return prepare(compose("train", words, [CONF]), words)
