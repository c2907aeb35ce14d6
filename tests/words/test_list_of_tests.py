"""The tests that tests/README.md names are there."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


def test_every_named_test_exists():
    missing, path = [], ""
    for word in re.findall(r"`((?:[\w/]+/test_\w+\.py)?(?:::test_\w+)?)`", (TESTS / "README.md").read_text()):
        file, _, name = word.partition("::")
        path = file or path  # `::test_more` is another of the same file
        if not (TESTS / path).is_file() or (name and f"def {name}(" not in (TESTS / path).read_text()):
            missing.append(f"{path}::{name}")
    assert path and not missing
