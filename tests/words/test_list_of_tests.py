"""tests/README.md names tests that exist."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS / "README.md").read_text()


def test_every_test_named_exists():
    lost, file = [], ""
    for place, name in re.findall(r"`([\w/]+(?:\.py|/))?(?:::(\w+))?`", PAGE):
        file = place or file  # `::name` stands after a file's other test
        path = TESTS / file
        if name and (not path.is_file() or f"def {name}(" not in path.read_text()):
            lost.append(f"{file}::{name}")
        elif place and "/" in place and not place.startswith(("src", "conf")) and not path.exists():
            lost.append(file)
    assert not lost, lost


def test_every_line_of_the_list_is_there():
    lines = {int(number) for number in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    assert {*range(1, 16), *range(22, 35)} <= lines
