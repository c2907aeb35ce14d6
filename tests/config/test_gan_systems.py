"""Every named GAN system trains: two batches of moving shapes, real terms in the log, and it animates."""

import csv
import math

import pytest
import torch

from kineograph.cli.compose import compose
from kineograph.cli.main import main
from kineograph.core.build import build
from kineograph.core.random import Noise
from tests.config.systems import tiny

SYSTEMS = [name.removeprefix("gan/") for name in tiny("gan")]
UNJUDGED = "conv_lstm_regression"
WANTED = {  # what the log of a system must hold, besides its judges
    "infogan_video": {"train/info"},
    "r3gan_video": {"train/r1/sparse_frames", "train/r2/sparse_frames"},
    "stylegan_v": {"train/r1/sparse_frames"},
    UNJUDGED: {"train/l1", "train/gradient_l1"},
    "warp_gan": {"train/energy_score", "train/feature_matching"},
}


def small(name: str) -> list[str]:
    return [f"experiment=gan/{name}", "data=moving_shapes", "debug=tiny", "data.batch_size=4", "data.num_workers=0"]


@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_two_batches_and_a_film(name, tmp_path):
    codec = compose("train", small(name), []).config.animator.codec.images
    overrides = ["metrics=[]", "callbacks=[]", "logger=[csv]", "trainer=cpu", "trainer.log_every_n_steps=1"]
    overrides += [f'run_dir="{tmp_path / "run"}"', f"max_images={12 if codec else 8}"]
    assert main(["train", *small(name), *overrides, *(["animator.codec.images=4"] if codec else [])]) == 0
    with (tmp_path / "run" / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    terms = {key: float(row[key]) for row in rows for key in row if key.startswith("train/") and row[key]}
    assert all(math.isfinite(value) for value in terms.values())
    judged = any(key.startswith("train/discriminator/") for key in terms)
    assert judged != (name == UNJUDGED)
    assert WANTED.get(name, set()) <= terms.keys(), terms.keys()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*SYSTEMS} - {UNJUDGED}))
def test_turns_do_not_leak(name):
    """The generator's turn leaves no gradient in the judges, and theirs none in the generator."""
    config = compose("train", small(name), []).config
    torch.manual_seed(0)
    animator, data = build(config.animator), build(config.data)
    data.setup()
    data.stop_position = 4
    clip = next(iter(data.train_dataloader(rank=0, world=1)))
    condition = data.task(clip)
    noise = Noise.at(0, 0, 4)
    with torch.no_grad():  # a trained codec stands still
        real = animator.coder.encode(clip.video, condition)
        told = animator.coder.encode_condition(condition)
    latent = animator.generator.sample_latent(told, noise)
    made = animator.generator(told, latent)
    view = animator.view.draw(real, noise, 0)
    extras = {"view": view, "interpolation": noise.uniform(), "second": made.video * 0.5, "codes_apart": torch.ones(4)}
    fake = made._replace(video=made.video.detach(), extras=extras)
    terms, _ = animator.discriminator_terms(real, told, latent, fake)
    torch.stack(list(terms.values())).sum().backward()
    assert all(p.grad is None for p in animator.generator.parameters())
    animator.discriminators.zero_grad()
    animator.discriminators.requires_grad_(False)  # as the step does
    terms = animator.generator_terms(real, told, latent, made._replace(extras=extras | made.extras))
    torch.stack(list(terms.values())).sum().backward()
    assert all(p.grad is None for p in animator.discriminators.parameters())
    asleep = [name for name, p in animator.generator.named_parameters() if p.requires_grad and p.grad is None]
    assert not asleep, f"the generator's turn does not reach {asleep}"
    film = animator.animate(condition, noise)
    assert film.shape == clip.video.shape and film.isfinite().all()
    given = condition.mask.expand_as(film) > 0
    assert torch.equal(film[given], condition.known[given])
