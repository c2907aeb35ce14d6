import sys

import pytest

from kineograph.core.errors import UserError
from kineograph.runtime.launchers.submitted import Submitted, submitit


def test_without_submitit_one_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(UserError, match=r"pip install 'kineograph\[cluster\]'"):
        submitit()


def test_a_job_is_over_when_submitit_says_so():
    class Told:
        def __init__(self, done: bool):
            self.done = lambda: done

    assert Submitted(Told(True)).over()
    assert not Submitted(Told(False)).over()
