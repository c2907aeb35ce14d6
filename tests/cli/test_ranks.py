import pytest

from kineograph.cli.ranks import ranks_of, require_gpus
from kineograph.core.errors import ConfigError


def test_a_number_and_nothing_else():
    assert ranks_of({"devices": 3}) == 3
    assert ranks_of({}) == 1
    for wrong in ("auto", "2", -1, 0, True, [0, 1], None):
        with pytest.raises(ConfigError, match="number of processes on this machine"):
            ranks_of({"devices": wrong})


@pytest.mark.parametrize(
    ("trainer", "launcher"),
    [
        ({"accelerator": "gpu", "devices": 2}, {"gpus_per_node": 1}),
        ({"accelerator": "auto", "devices": 2}, {"gpus_per_job": 1}),
        ({"accelerator": "gpu"}, {"gpus_per_job": 0.0}),  # Ray, as it comes
        ({"accelerator": "cpu", "num_nodes": 2}, {}),
    ],
)
def test_a_job_without_its_gpus_is_refused(trainer, launcher):
    with pytest.raises(ConfigError):
        require_gpus(trainer, launcher)


@pytest.mark.parametrize(
    ("trainer", "launcher"),
    [
        ({"accelerator": "gpu", "devices": 2}, {"gpus_per_node": 2}),
        ({"accelerator": "gpu", "devices": 2}, {"gpus_per_node": None}),
        ({"accelerator": "gpu"}, {"gpus_per_job": 0.5}),  # two jobs share one
        ({"accelerator": "cpu", "devices": 2}, {"gpus_per_job": 1}),
        ({"accelerator": "gpu"}, {}),
    ],
)
def test_what_fits(trainer, launcher):
    require_gpus(trainer, launcher)
