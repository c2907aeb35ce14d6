import pytest

from kineograph.runtime.launchers.submitit_local import SubmititLocalLauncher
from tests.runtime.fake_sweep import conduct, fake_sweep, starts, states

pytest.importorskip("submitit")


@pytest.mark.slow
def test_the_same_jobs_as_on_one_machine(tmp_path):
    sweep = fake_sweep(tmp_path / "sweep", 4, {1})
    launcher = SubmititLocalLauncher(jobs=2, timeout_min=5, gpus_per_node=0)
    assert conduct(sweep, launcher) is None
    assert states(sweep) == ["finished", "failed", "finished", "finished"]
    (sweep.path / "mended").write_text("")
    assert conduct(sweep, launcher, retry_failed=True) is None
    assert states(sweep) == ["finished"] * 4
    assert starts(sweep) == [1, 2, 1, 1]
