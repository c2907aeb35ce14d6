import contextlib
import sys

import pytest

from kineograph.core.errors import UserError
from kineograph.runtime.job import Job
from kineograph.runtime.launchers.ray import RayLauncher, _ray
from tests.runtime.fake_sweep import conduct, fake_sweep, starts, states


def launcher() -> RayLauncher:
    return RayLauncher(jobs=8, cpus_per_job=1.0, gpus_per_job=0.0, max_retries=1)


def test_without_ray_one_line_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"pip install 'kineograph\[ray\]'"):
        launcher().start(Job(tmp_path, []))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own, about files and sockets that it leaves to be collected
def test_the_same_jobs_as_on_one_machine(tmp_path, monkeypatch):
    ray = pytest.importorskip("ray")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    sweep = fake_sweep(tmp_path / "sweep", 4, {1})
    try:
        for _ in range(10):  # Ray gives its node 30 seconds to start, few on a busy machine
            with contextlib.suppress(UserError):
                _ray()
                break
        assert conduct(sweep, launcher()) is None
        assert states(sweep) == ["finished", "failed", "finished", "finished"]
        (sweep.path / "mended").write_text("")
        assert conduct(sweep, launcher(), retry_failed=True) is None
        assert states(sweep) == ["finished"] * 4
        assert starts(sweep) == [1, 2, 1, 1]
    finally:
        ray.shutdown()
