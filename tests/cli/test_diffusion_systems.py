"""Every named diffusion system composes, trains two batches and makes a film that goes on from its picture."""

import csv
import math

import pytest
import torch

from kineograph.cli.compose import compose
from kineograph.cli.main import main
from kineograph.core.build import build, conf_dir
from kineograph.core.random import Noise
from kineograph.core.types import Condition

NAMES = sorted(path.stem for path in (conf_dir() / "experiment" / "diffusion").glob("*.yaml"))
SYSTEMS = [name for name in NAMES if not name.endswith(("_small", "_paper"))]
NAMED = [
    "class_flow", "ddpm_original", "ddpm_unet", "diffusion_forcing", "edm_unet", "flow_dit", "flow_unet",
    "latent_flow_dit", "masked_flow", "mcvd", "text_flow", "upscale_flow",
]  # fmt: skip


def test_the_systems_there_are():
    assert SYSTEMS == NAMED


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_trains_two_batches(system, tmp_path):
    learns_first = compose("train", [f"experiment=diffusion/{system}"], []).config.animator.codec.images > 0
    overrides = [f"experiment=diffusion/{system}", "data=moving_shapes", "debug=tiny", "data.batch_size=2"]
    overrides += ["max_images=4", "data.num_workers=0", "metrics=[]", "callbacks=[]", "logger=[csv]"]
    overrides += ["trainer=cpu", "trainer.log_every_n_steps=1", f'run_dir="{tmp_path / "run"}"']
    overrides += ["animator.codec.images=2"] if learns_first else []
    assert main(["train", *overrides]) == 0
    with (tmp_path / "run" / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    losses = [float(row["train/denoising"]) for row in rows if row["train/denoising"]]
    assert len(losses) == (1 if learns_first else 2)
    assert all(map(math.isfinite, losses))


@pytest.mark.slow
@pytest.mark.parametrize("system", [system for system in SYSTEMS if system != "upscale_flow"])  # it goes on from a film
def test_makes_a_film_longer_than_its_window_where_it_can(system):
    overrides = [f"experiment=diffusion/{system}", "animator.sampler.num_steps=2"]
    config = compose("train", overrides, []).config
    animator = build(config.animator)
    num_frames = 10 if "num_frames" in config.animator.rollout else config.clip.num_frames
    known, mask = torch.zeros(1, num_frames, 3, 32, 32), torch.zeros(1, num_frames, 1, 32, 32)
    known[:, 0], mask[:, 0] = 0.25, 1
    condition = Condition(
        known, mask, torch.arange(num_frames)[None] / 12, torch.tensor([-1]), torch.randn(1, 8, 32),
        torch.ones(1, 8, dtype=torch.bool), torch.tensor([torch.nan]),
    )  # fmt: skip
    film = animator.animate(condition, Noise([3]))
    assert film.shape == known.shape
    assert film.isfinite().all()
    assert torch.equal(film[:, 0], known[:, 0])
    assert torch.equal(film, animator.animate(condition, Noise([3])))
