import numpy as np
import pytest
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data.clip_reader import Window
from kineograph.data.sources.image_folder import ImageFolder
from tests.data.clips import SETTINGS, noise, save_frames, stored
from tests.data.counted import reader


def source(folder, **changes) -> ImageFolder:
    return ImageFolder(**({"folder": str(folder)} | SETTINGS | changes))


def test_stills_are_clips_of_one_frame(tmp_path):
    frames = noise(4)
    save_frames(tmp_path / "pictures" / "cats" / "tabby", frames[:2])
    save_frames(tmp_path / "pictures" / "dogs", frames[2:3])
    moving = [Image.fromarray(frame) for frame in frames[[3, 0]]]
    moving[0].save(tmp_path / "pictures" / "moves.WEBP", save_all=True, append_images=moving[1:], lossless=True)
    (tmp_path / "pictures" / "dogs" / "cut.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "pictures" / "dogs" / "dead.png").symlink_to(tmp_path / "gone.png")
    images = source(tmp_path / "pictures")
    skipped = images.prepare(1)
    assert len(skipped) == 2 and "cut.jpg" in skipped[0] and "leads nowhere" in skipped[1]
    found = stored(images)
    names = ["cats/tabby/frame 0.png", "cats/tabby/frame 1.png", "dogs/frame 0.png", "moves.WEBP"]
    np.testing.assert_array_equal(np.stack([found[name] for name in names]), frames[:, None])
    assert images.open().classes == ["cats", "dogs"]
    clip = reader(films=images.open(), height=8, width=8).read([Window(0, 0, 0.0, 1.0)])
    np.testing.assert_array_equal(clip.video, clip.video[:, :1].expand_as(clip.video))


def test_wrong_folders(tmp_path):
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.mp4").touch()
    with pytest.raises(UserError, match="found .mp4; films: data=video_folder"):
        source(tmp_path / "films").prepare(1)
    with pytest.raises(UserError, match="no such folder"):
        source(tmp_path / "none").prepare(1)
