"""The page of metrics names every metric and every protocol that can be chosen."""

import re

import pytest


@pytest.mark.parametrize("folder", ["conf/metrics", "conf/metrics/protocol"])
def test_every_choice_is_on_the_page(repository, folder):
    page = set(re.findall(r"`([^`]+)`", (repository / "docs" / "metrics.md").read_text()))
    choices = {path.stem for path in (repository / folder).glob("*.yaml")}
    assert choices and choices <= page, f"docs/metrics.md does not name {sorted(choices - page)}"
