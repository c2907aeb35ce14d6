"""requirements.lock: hashes for every package, no index addresses, and no floor of pyproject.toml forgotten."""

import re
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LOCK = (REPOSITORY / "requirements.lock").read_text()
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def test_no_index_addresses():
    assert not re.search(r"://|--index|--find-links|@ file", LOCK)


def test_every_package_has_hashes():
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(entries) > 50
    assert not [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_every_requirement_is_locked():
    wanted = (
        PROJECT["dependencies"] + PROJECT["optional-dependencies"]["data"] + PROJECT["optional-dependencies"]["dev"]
    )
    names = {re.split(r"[\[<>=!~; ]", requirement)[0].lower() for requirement in wanted}
    locked = {name.lower() for name in re.findall(r"^([\w.-]+)==", LOCK, re.MULTILINE)}
    assert not names - locked, "make lock"
