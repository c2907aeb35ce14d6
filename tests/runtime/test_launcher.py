"""How ranks end together; that they read the composed file and train is shown in test_quickstarts."""

import pytest

from kineograph.core.errors import UserError
from kineograph.runtime.launcher import launch
from tests.runtime.test_worker import newest
from tests.runtime.tiny_run import tiny_run


@pytest.mark.slow
def test_a_dead_rank_ends_all(tmp_path):
    run = tiny_run(tmp_path / "run", "trainer=ddp", "animator.die_at=16")
    with pytest.raises(UserError, match=r"rank 1 died \(SIGKILL\)"):
        launch(run, 2)
    assert run.status()["state"] == "failed"


@pytest.mark.slow
def test_both_ranks_stop_after_the_same_batch(tmp_path):
    run = tiny_run(tmp_path / "run", "trainer=ddp", "animator.signal_at=16")
    assert launch(run, 2) == 143
    assert newest(run)["images_seen"] == 32
