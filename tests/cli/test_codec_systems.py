"""Every named codec trains, is scored and exported, and a flow and a GAN train in its latents."""

import csv
import json
import math

import pytest

from kineograph.cli.main import main
from kineograph.core.build import conf_dir

SYSTEMS = sorted(path.stem for path in (conf_dir() / "experiment" / "codec").glob("*.yaml"))
LEAN = [
    "data=moving_shapes", "debug=tiny", "data.batch_size=2", "max_images=4", "metrics=[]", "callbacks=[checkpoint]",
    "logger=[csv]", "trainer.log_every_n_steps=1",
]  # fmt: skip


def test_the_systems_there_are():
    assert SYSTEMS == ["kl_2d", "kl_3d", "vq_2d", "vq_3d"]


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_trains_is_scored_and_lent(system, tmp_path):
    run, lent = tmp_path / "run", tmp_path / "lent"
    words = [f"experiment=codec/{system}", "animator.judged_from=2", f"run_dir={run}"]
    assert main(["train", *words, *LEAN]) == 0
    with (run / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    terms = [{key for key in row if key.startswith("train/") and row[key]} for row in rows]
    assert {"train/codec/l1", "train/codec/perceptual"} <= terms[0]
    assert any("discriminator" in term for term in terms[-1]) and not any("discriminator" in term for term in terms[0])
    assert all(math.isfinite(float(row[key])) for row, keys in zip(rows, terms, strict=True) for key in keys)
    assert main(["export", f"run={run}", "-o", str(lent)]) == 0
    scored = [f"run={run}", "metrics=[psnr]", "num_clips=4", "previews=1", "real=false", f"out={tmp_path / 'scores'}"]
    assert main(["evaluate", *scored]) == 0
    row = json.loads(next((tmp_path / "scores").glob("*.json")).read_text())
    assert math.isfinite(row["metrics"]["psnr"])
    begins = [f"animator/codec={system}", "animator.codec.images=0", f"animator.codec.weights={lent}"]
    flow = ["animator=diffusion", "animator/denoiser=latent_transformer", "animator.denoiser.known_channels=8"]
    assert main(["train", *flow, *begins, *LEAN, f"run_dir={tmp_path / 'flow'}"]) == 0
    films = [f"run={tmp_path / 'flow'}", *scored[1:-1], "animator.sampler.num_steps=2", f"out={tmp_path / 'films'}"]
    assert main(["evaluate", *films]) == 0
    gan = ["experiment=gan/latent_gan", *begins]
    assert main(["train", *gan, *LEAN, f"run_dir={tmp_path / 'gan'}"]) == 0
