"""Latents that were encoded before: as the codec makes them, each once, whatever becomes of the process."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from pytorch_lightning import LightningDataModule, Trainer
from torch.utils.data import DataLoader

from kineograph.animators.stage import Stage
from kineograph.augment.colour_jitter import ColourJitter
from kineograph.augment.horizontal_flip import HorizontalFlip
from kineograph.core.errors import UserError
from kineograph.core.types import Clip, Condition
from kineograph.networks.kl_bottleneck import KlBottleneck
from kineograph.networks.video_codec import VideoCodec

from . import small


class Counted(VideoCodec):
    """Remembers how many films it encoded at a time."""

    def encode(self, video, condition):
        self.films.append(len(video))
        return super().encode(video, condition)


def stage(kept: Path | None, seed: int = 0) -> Stage:
    torch.manual_seed(seed)
    shape = {"channels": 3, "latent_channels": 2, "height": 8, "width": 8}
    layers = {"dims": [4, 6], "num_blocks": 1, "time_kernel": 1, "time_strides": [1]}
    network = Counted(**shape, **layers, bottleneck=KlBottleneck())
    network.films = []
    nothing = {"losses": {}, "optimizer": None, "schedule": None, "grad_clip": None, "num_frames": None}
    return Stage(network=network, images=0, weights=None, kept=None if kept is None else str(kept), **nothing)


def batch(*numbers: int) -> tuple[Clip, Condition]:
    parts = [small.batch(number, 1) for number in numbers]
    clip, condition = (zip(*fields, strict=True) for fields in zip(*parts, strict=True))
    return Clip(*map(torch.cat, clip)), Condition(*(None if f[0] is None else torch.cat(f) for f in condition))


def encode(part: Stage, *numbers: int) -> torch.Tensor:
    """Latents, known pictures, mask and times, one row a clip."""
    clip, condition = batch(*numbers)
    latents, told = part.encoded(clip.video, condition)
    return torch.cat([field.flatten(1) for field in (latents, told.known, told.mask, told.times)], dim=1)


def test_as_the_codec_makes_them_and_each_once(tmp_path):
    bare, kept = stage(None), stage(tmp_path)
    torch.testing.assert_close(encode(kept, 0, 1), encode(bare, 0, 1))
    torch.testing.assert_close(encode(kept, 2, 1, 0), encode(bare, 2, 1, 0))
    torch.testing.assert_close(encode(kept, 0, 2), encode(bare, 0, 2))
    assert kept.network.films == [1, 1, 2, 2, 1, 1]  # film and given picture: of the fixed film, of 0 and 1, of 2


def test_another_run_finds_them_unless_its_codec_is_another(tmp_path):
    first = encode(stage(tmp_path), 0, 1)
    again = stage(tmp_path)
    assert torch.equal(encode(again, 0, 1), first) and again.network.films == [1, 1]
    other = stage(tmp_path, seed=1)
    torch.testing.assert_close(encode(other, 0, 1), encode(stage(None, seed=1), 0, 1))
    assert other.network.films == [1, 1, 2, 2] and len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("harm", ["rows cut", "marks cut", "a row changed"])
def test_who_was_killed_loses_one_row(tmp_path, harm):
    first = encode(stage(tmp_path), 0, 1, 2)
    (path,) = tmp_path.glob("*/*.marks" if harm == "marks cut" else "*/*.rows")
    content = path.read_bytes()
    path.write_bytes(content[:-5] if harm.endswith("cut") else content[:-4] + b"\0\0\0\1")
    again = stage(tmp_path)
    torch.testing.assert_close(encode(again, 0, 1, 2), first)
    assert again.network.films == [1, 1, 1, 1]
    whole = stage(tmp_path)
    torch.testing.assert_close(encode(whole, 0, 1, 2), first)
    assert whole.network.films == [1, 1]


class Few(LightningDataModule):
    """Four clips, again and again."""

    augment: dict = {}
    speeds = (1.0, 1.0)

    def train_dataloader(self):
        data = [small.batch(4 * (place % 2), 4) for place in range(4)]
        return DataLoader(data, batch_size=None, collate_fn=tuple)


@pytest.mark.parametrize("make", [small.diffusion, small.gan, small.regression])
def test_first_losses_are_the_same(tmp_path, make):
    terms = []
    for kept in (None, tmp_path):
        codec = small.stage(images=0)
        if kept is not None:
            codec = Stage(
                network=small.PixelCodec(), losses={}, optimizer=None, schedule=None, grad_clip=None, images=0,
                num_frames=None, weights=None, kept=str(kept),
            )  # fmt: skip
        animator, quiet = make(codec=codec), {"enable_progress_bar": False, "enable_model_summary": False}
        Trainer(max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, **quiet).fit(animator, Few())
        terms.append(animator.terms)
    assert terms[0].keys() == terms[1].keys() and terms[0]
    assert all(torch.equal(terms[0][name], terms[1][name]) for name in terms[0])


def test_mistakes(tmp_path):
    with pytest.raises(UserError, match=r"animator.codec.images=8; export .*animator.codec.weights=DIR"):
        Stage(
            network=small.PixelCodec(), losses={}, optimizer=small.ADAM, schedule=small.CONSTANT, grad_clip=None,
            images=8, num_frames=None, weights=None, kept=str(tmp_path),
        )  # fmt: skip
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"file cannot be used \(Not a directory\)"):
        encode(stage(tmp_path / "file"), 0)
    animator = small.diffusion(codec=stage(tmp_path))
    jitter = ColourJitter(hue=0.1, saturation=0.1, contrast=0.1)
    data = SimpleNamespace(augment={"flip": HorizontalFlip(probability=0.5), "jitter": jitter}, speeds=(1.0, 1.0))
    animator.trainer = SimpleNamespace(datamodule=data)
    with pytest.raises(UserError, match="augment=jitter never shows a clip twice"):
        animator.on_fit_start()
    del data.augment["jitter"]
    data.speeds = (0.8, 1.0)
    with pytest.raises(UserError, match=r"data.speeds"):
        animator.on_fit_start()
