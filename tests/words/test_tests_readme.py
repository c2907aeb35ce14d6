"""The tests that tests/README.md names are there."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_named_tests_exist():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (REPOSITORY / "tests" / "README.md").read_text())
    assert len(named) > 20
    for path, name in named:
        assert f"\ndef {name}(" in (REPOSITORY / path).read_text(), f"{path}::{name}"
