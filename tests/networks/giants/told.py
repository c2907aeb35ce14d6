"""Fixtures: one tiny pipeline of each class, saved once, and a film told with a picture and a spelled caption."""

import pytest
import torch

from kineograph.core.types import Clip, Condition
from kineograph.data.captions import encode_caption
from kineograph.networks.giants.animate_diff import AnimateDiff
from kineograph.networks.giants.cogvideox import Cogvideox
from kineograph.networks.giants.ltx import Ltx
from kineograph.networks.giants.stable_video_diffusion import StableVideoDiffusion
from kineograph.networks.giants.wan import Wan

GIANTS = {
    "animate_diff": AnimateDiff,
    "stable_video_diffusion": StableVideoDiffusion,
    "cogvideox": Cogvideox,
    "ltx": Ltx,
    "wan": Wan,
}
MORE = {"stable_video_diffusion": {"motion_bucket": 127, "picture_noise": 0.02, "decoded_frames": 4}}


@pytest.fixture(scope="session")
def tiny_giant(tmp_path_factory):
    """A giant by its pipeline's name: ``wan:text``, ``wan:picture``, ``animate_diff``."""
    from tests.networks.giants import tiny  # diffusers takes seconds to import

    made = {}

    def giant(name):
        if name not in made:
            folder = tiny.saved(name, tmp_path_factory.mktemp("giant"))
            kind = name.split(":")[0]
            made[name] = GIANTS[kind](
                weights=str(folder), hub=False, dtype="float32", checkpointing=False, prompt="a cat",
                num_steps=2, scale=2.0, height=None, width=None, **MORE.get(kind, {}),
            )  # fmt: skip
        return made[name]

    return giant


@pytest.fixture
def clip():
    """Two films of 6 frames of 30 x 20 pixels: no size or length that a pipeline has."""
    video = torch.randint(0, 256, (2, 6, 3, 30, 20), generator=torch.Generator().manual_seed(0)) / 127.5 - 1
    text, mask = encode_caption("a red cat jumps", 20, 1)
    return Clip(
        video, (torch.arange(6) / 8).expand(2, 6), torch.tensor([-1, -1]), text.expand(2, -1, -1),
        mask.expand(2, -1), torch.zeros(2, 0), torch.arange(2),
    )  # fmt: skip


@pytest.fixture
def condition(clip):
    mask = torch.zeros_like(clip.video[:, :, :1])
    mask[:, 0] = 1
    untold = torch.full((2,), torch.nan)
    return Condition(clip.video * mask, mask, clip.times, clip.label, clip.text, clip.text_mask, untold)
