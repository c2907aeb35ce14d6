import torch

from kineograph.callbacks.preview import Preview, grid
from kineograph.core.video import read, read_metadata
from tests.callbacks.stand_in import StandIn, animator


def test_the_same_pictures_with_the_same_seeds(tmp_path):
    preview = Preview(every_images=8, num_pictures=3, seed=0, run_dir=str(tmp_path), film=".webp")
    trainer, module = StandIn(), animator()
    for module.images_seen in (8, 16):
        preview.act(trainer, module)
    first, second = (tmp_path / "previews" / f"images-{n:012d}.webp" for n in (8, 16))
    assert torch.equal(read(first).frames, read(second).frames)
    assert read(first).frames.shape == (4, 2 * 96, 3 * 96, 3)
    assert read_metadata(first)["synthetic"] == "true"
    name, film, strip, images_seen = trainer.memory.films[1]
    assert (name, film, strip, images_seen) == ("preview", second, second.with_suffix(".png"), 16)


def test_only_rank_zero_draws(tmp_path, monkeypatch):
    monkeypatch.setattr(StandIn, "is_global_zero", property(lambda self: False))
    preview = Preview(every_images=8, num_pictures=3, seed=0, run_dir=str(tmp_path), film=".mp4")
    preview.act(StandIn(), animator())
    assert not (tmp_path / "previews").exists()


def test_grid_has_the_real_clips_above():
    film = grid(torch.ones(2, 3, 1, 128, 128), -torch.ones(2, 3, 1, 128, 128))
    assert film.shape == (3, 1, 256, 256)
    assert film[:, :, :128].eq(1).all()
    assert film[:, :, 128:].eq(-1).all()
