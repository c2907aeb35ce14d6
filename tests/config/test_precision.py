"""Every named system learns in bfloat16, and both stages of those that train a codec first."""

import warnings

import pytest
import torch

from kineograph.cli.compose import compose
from kineograph.core.build import build
from tests.config.systems import SYSTEMS, fit, tiny

NAMES = [*SYSTEMS, *tiny("codec"), "quickstart_gan", "quickstart_flow"]


@pytest.mark.parametrize("name", NAMES)
def test_learns_in_bfloat16(name):
    words = [f"experiment={name}", "data=moving_shapes", "data.batch_size=2", "data.num_workers=0", "max_images=4"]
    config = compose("train", words, []).config
    if "codec" in config.animator and config.animator.codec.get("images"):
        config.animator.codec.images = 2
    if "judged_from" in config.animator:
        config.animator.judged_from = 0
    data = build(config.data)
    data.setup()
    data.stop_position = 4
    batches = [(clip, data.task(clip)) for clip in data.train_dataloader(rank=0, world=1)]
    torch.manual_seed(0)
    animator = build(config.animator)
    before = {name: value.clone() for name, value in animator.state_dict().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit(animator, batches, precision="bf16-mixed")  # raises where a term is not finite
    after = animator.state_dict()
    assert all(after[name].dtype == value.dtype for name, value in before.items())
    moved = {name.partition(".")[0] for name, value in before.items() if not torch.equal(value, after[name])}
    learns = {network for player in animator.optimized() for network in player.networks}
    assert {name for name, part in animator.named_children() if part in learns} <= moved
