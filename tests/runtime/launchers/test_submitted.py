import sys

import pytest

from kineograph.core.errors import UserError
from kineograph.runtime.launchers.submitted import submitit


def test_without_the_package_one_line_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(UserError, match=r"pip install 'kineograph\[cluster\]'"):
        submitit()
