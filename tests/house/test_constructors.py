"""Values live in YAML: a class that a YAML names takes keyword-only arguments without defaults."""

import inspect
import re
from pathlib import Path

import pytest

from kineograph.core.build import locate

REPOSITORY = Path(__file__).resolve().parents[2]
TARGETS = sorted(
    {
        target
        for path in (REPOSITORY / "conf").rglob("*.yaml")
        for target in re.findall(r"_target_:\s*(kineograph[\w.]+)", path.read_text())
    }
)
RECORDS = {"kineograph.core.types.Weighted", "kineograph.core.types.Penalty"}


@pytest.mark.parametrize("target", TARGETS)
def test_keyword_only_without_defaults(target):
    found = locate(target)
    if target in RECORDS:
        return
    wrong = []
    for parameter in inspect.signature(found).parameters.values():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            wrong.append(f"{parameter.name} is {parameter.kind.description}")
        elif parameter.default is not parameter.empty:
            wrong.append(f"{parameter.name} has the default {parameter.default!r}")
    assert not wrong, f"{target}: {'; '.join(wrong)}"
