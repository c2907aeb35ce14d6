"""First losses of the quickstarts: fixed seed, CPU, moving shapes. ``make golden`` rewrites; review the diff."""

import csv
import json
from pathlib import Path

import pytest

from kineograph.cli.main import main
from kineograph.core.build import conf_dir

FOLDER = Path(__file__).parent
EXPERIMENTS = sorted(path.stem for path in (conf_dir() / "experiment").glob("quickstart_*.yaml"))
BATCHES = 4
MOVING_SHAPES = ["data=moving_shapes", "data.source.held_out=0.1"]  # needs no preparing
MEASURED = ("second", "time", "memory", "images_seen", "rate")  # of the machine, not of the mathematics


def first_losses(experiment: str, folder: Path) -> dict[str, list[float]]:
    overrides = [
        f"experiment={experiment}",
        *MOVING_SHAPES,
        "debug=tiny",
        f"max_images={8 * BATCHES}",
        "data.batch_size=8",
    ]
    overrides += ["data.num_workers=0", "metrics=[]", "callbacks=[]", "logger=[csv]", "trainer=cpu"]
    overrides += ["trainer.log_every_n_steps=1", f'run_dir="{folder}"']
    overrides += [f"animator.codec.images={8 * BATCHES // 2}"]  # the codec's losses, then the family's
    assert main(["train", *overrides]) == 0
    with (folder / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = [name for name in rows[0] if not any(word in name for word in MEASURED)]
    return {name: [float(row[name]) for row in rows if row[name]][:BATCHES] for name in names}


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_first_losses_are_the_ones_on_record(experiment, tmp_path, request):
    measured = first_losses(experiment, tmp_path / "run")
    assert measured, "the run logged no losses"
    path = FOLDER / f"{experiment}.json"
    if request.config.getoption("--rewrite-golden"):
        path.write_text(json.dumps(measured, indent=1) + "\n")
    assert path.is_file(), f"no golden values for {experiment}: make golden"
    golden = json.loads(path.read_text())
    assert measured.keys() == golden.keys()
    for name, values in golden.items():
        assert measured[name] == pytest.approx(values, rel=2e-3, abs=1e-5), name
