"""Both quickstart experiments with networks of a few hundred parameters on moving shapes: real wiring, in seconds."""

from pathlib import Path

from tests.runtime.tiny_run import CONF

FLAGS = ["--config-dir", CONF, "--allow", "tests"]
TINY = [
    "data=moving_shapes",
    "data.source.num_clips=60",
    "debug=tiny",
    "max_images=32",
    "data.batch_size=4",
    "metrics=[]",
    "animator.codec.images=8",
    "animator.codec.network.dim=8",
    "animator.codec.network.decoder_dim=4",
    "animator.codec.schedule.warmup_images=4",
    "animator.schedule.warmup_images=4",
    "trainer.log_every_n_steps=1",
]
FAMILIES = {
    "gan": [
        *("animator.generator.dim=16", "animator.generator.depth=1", "animator.generator.num_heads=2"),
        "animator.discriminators.frame.part.dims=[8,8]",
        "animator.discriminators.clip.part.dims=[8,8]",
    ],
    "flow": [
        *("animator.denoiser.dim=16", "animator.denoiser.depth=1", "animator.denoiser.num_heads=2"),
        "animator.sampler.num_steps=2",
    ],
}


def words(family: str, folder: Path, *overrides: str) -> list[str]:
    """The arguments of ``kineograph`` that train this family into this folder."""
    choices = [f"experiment=quickstart_{family}", *TINY, *FAMILIES[family], f'run_dir="{folder}"']
    return ["train", *choices, *overrides, *FLAGS]
