import pytest

from kineograph.core.errors import ConfigError
from kineograph.runtime.sweepers.grid import GridSweeper, expand


def test_every_combination():
    assert expand(["seed=1,2", "a=x", "b=range(0,2)"]) == [
        ["seed=1", "a=x", "b=0"],
        ["seed=1", "a=x", "b=1"],
        ["seed=2", "a=x", "b=0"],
        ["seed=2", "a=x", "b=1"],
    ]
    assert expand(["~task", "callbacks=[a,b]", "+x=1"]) == [["~task", "callbacks=[a,b]", "+x=1"]]
    with pytest.raises(ConfigError, match="does not support"):
        expand(["a=interval(0,1)"])
    for empty in ("range(1,1)", "range(1,9,0)"):
        with pytest.raises(ConfigError, match=r"^a=range"):
            expand([f"a={empty}"])


def test_an_experiments_grid_yields_to_the_command_line(tmp_path):
    sweeper = GridSweeper(params={"seed": "1,2", "dim": "8,16"})
    assert sweeper.plan(["dim=4"]) == [["seed=1", "dim=4"], ["seed=2", "dim=4"]]
    assert sweeper.ask("0000") is None
