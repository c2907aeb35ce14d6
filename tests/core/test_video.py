"""Round trips of every container, odd pictures, damaged files: each against what was put in."""

import io
import math
import os

import av
import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.core.video import (
    Film,
    nearest_frames,
    promised_frames,
    read,
    read_frames,
    read_metadata,
    resample,
    through_h264,
    to_float,
    to_uint8,
    write,
)


def film(num_frames: int = 6, height: int = 32, width: int = 48) -> torch.Tensor:
    """A smooth gradient with a bright disc that moves: easy to compress, so that PSNR is telling."""
    y, x = np.mgrid[:height, :width]
    frames = []
    for t in range(num_frames):
        disc = np.clip(6 - np.hypot(y - height / 2, x - 8 - 5 * t), 0, 1)
        red, green = x * 255 / width, y * 255 / height
        frames.append(np.stack([red * (1 - disc) + 255 * disc, green * (1 - disc), 90 + 60 * disc], -1))
    return torch.from_numpy(np.array(frames).round().astype(np.uint8))


def psnr(a: torch.Tensor, b: torch.Tensor) -> float:
    error = (a.double() - b.double()).square().mean().item()
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


@pytest.mark.parametrize(("ending", "least"), [("mp4", 28), ("webm", 28), ("webp", 29), ("gif", 28)])
def test_film_comes_back(tmp_path, ending, least):
    frames = film()
    tags = {"run": "r7", "weights": "abc", "seed": "3"}
    path = write(tmp_path / f"a.{ending}", frames, 12, tags)
    back = read(path)
    assert back.frames.shape == frames.shape
    assert back.fps == pytest.approx(12, rel=0.02)
    assert back.times.tolist() == pytest.approx([t / 12 for t in range(6)], abs=0.006)
    assert psnr(back.frames, frames) > least
    noted = read_metadata(path)
    assert noted["synthetic"] == "true" and {k: noted[k] for k in tags} == tags
    assert os.listdir(tmp_path) == [path.name]


def test_png_strip_is_exact(tmp_path):
    frames = film(3)
    path = write(tmp_path / "a.png", frames, 12, {"seed": "1"})
    strip = read(path).frames[0]
    assert torch.equal(torch.stack(strip.split(48, dim=1)), frames)
    assert read_metadata(path)["seed"] == "1"


def test_mp4_is_h264_420_and_odd_sizes_are_padded(tmp_path):
    path = write(tmp_path / "a.mp4", film(3, 31, 45), 10, {})
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert float(stream.average_rate) == 10
    assert read(path).frames.shape == (3, 32, 46, 3)


def test_uint8_round_trip_is_exact():
    frames = torch.arange(256, dtype=torch.uint8).repeat(3).reshape(1, 16, 16, 3)
    assert torch.equal(to_uint8(to_float(frames)), frames)
    assert to_float(frames).min() == -1 and to_float(frames).max() == 1
    assert to_uint8(torch.tensor([-9.0, 9.0]).reshape(1, 1, 1, 2)).flatten().tolist() == [0, 0, 0, 255, 255, 255]


def test_16_bit_grey_is_divided(tmp_path):
    values = np.array([[0, 257, 32896], [65535, 25700, 514]], dtype=np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").frames[0, :, :, 0].tolist() == [[0, 1, 128], [255, 100, 2]]
    Image.fromarray(values).save(tmp_path / "a.tiff")
    assert read(tmp_path / "a.tiff").frames[0, :, :, 1].tolist() == [[0, 1, 128], [255, 100, 2]]


def test_alpha_lies_on_the_background(tmp_path):
    picture = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    picture.putpixel((1, 0), (255, 0, 0, 0))
    picture.save(tmp_path / "a.png")
    assert read(tmp_path / "a.png", (0, 0, 255)).frames[0, 0].tolist() == [[255, 0, 0], [0, 0, 255]]
    Image.new("LA", (1, 1), (10, 0)).save(tmp_path / "la.png")
    assert read(tmp_path / "la.png").frames[0, 0, 0].tolist() == [255, 255, 255]
    palette = Image.new("P", (1, 1), 5)
    palette.putpalette([0, 0, 0] * 5 + [9, 8, 7])
    palette.save(tmp_path / "p.gif", transparency=5)
    assert read(tmp_path / "p.gif", (1, 2, 3)).frames[0, 0, 0].tolist() == [1, 2, 3]


def test_one_bit_cmyk_palette_and_rotation(tmp_path):
    Image.new("1", (2, 2), 1).save(tmp_path / "one.png")
    assert read(tmp_path / "one.png").frames.unique().tolist() == [255]
    Image.new("CMYK", (8, 8), (0, 255, 255, 0)).save(tmp_path / "c.jpg")
    red = read(tmp_path / "c.jpg").frames[0, 4, 4].tolist()
    assert red[0] > 250 and max(red[1:]) < 5
    Image.new("RGB", (8, 4), (0, 200, 0)).quantize(4).save(tmp_path / "p.png")
    assert read(tmp_path / "p.png").frames[0, 0, 0].tolist() == [0, 200, 0]
    lying = Image.new("RGB", (16, 8), (0, 0, 0))
    lying.paste((255, 255, 255), (0, 0, 8, 8))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    lying.save(tmp_path / "r.jpg", exif=exif, quality=95)
    upright = read(tmp_path / "r.jpg").frames[0]
    assert upright.shape == (16, 8, 3) and upright[:6].min() > 240 and upright[10:].max() < 15


def test_folder_is_a_film_in_natural_order(tmp_path):
    for place in (1, 2, 10):
        Image.new("RGB", (4, 4), (place, 0, 0)).save(tmp_path / f"frame{place}.png")
    assert read(tmp_path).frames[:, 0, 0, 0].tolist() == [1, 2, 10]
    Image.new("RGB", (5, 4)).save(tmp_path / "frame11.png")
    with pytest.raises(UserError, match="differ in size"):
        read(tmp_path)


def test_uneven_time_stamps_are_resampled():
    frames = torch.arange(4, dtype=torch.uint8).reshape(4, 1, 1, 1).expand(4, 2, 2, 3)
    uneven = Film(frames, torch.tensor([0.0, 0.1, 0.4, 0.5], dtype=torch.float64), 6.0)
    # Moments 0 .1 .2 .3 .4 .5 .6: nearest stamps 0 .1 .1 .4 .4 .5 .5 (the last frame lasts 1/6 s).
    assert resample(uneven, 10).frames[:, 0, 0, 0].tolist() == [0, 1, 1, 2, 2, 3]
    tie = nearest_frames(torch.tensor([0.0, 1.0], dtype=torch.float64), torch.tensor([0.5, 2.0], dtype=torch.float64))
    assert tie.tolist() == [0, 1]
    nominal = Film(frames, torch.arange(4, dtype=torch.float64) * 0.042, 1 / 0.042)
    assert len(resample(nominal, 24).frames) == 4
    assert len(resample(nominal, 12).frames) == 2


def make_mp4(path):
    return write(path, torch.randint(0, 255, (30, 64, 64, 3), dtype=torch.uint8), 12, {})


def test_damaged_files_are_one_clear_line(tmp_path):
    whole = make_mp4(tmp_path / "a.mp4").read_bytes()
    png = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(png, "PNG")
    webm = write(tmp_path / "b.webm", torch.randint(0, 255, (48, 64, 64, 3), dtype=torch.uint8), 12, {}).read_bytes()
    bad = {
        "half.mp4": whole[: len(whole) // 2],
        "head.mp4": whole[:100],
        "text.mp4": b"Dear diary, this is not a film at all.\n" * 9,
        "text.png": b"Dear diary, this is not a picture at all.\n" * 9,
        "half.png": png.getvalue()[: len(png.getvalue()) // 2],
        "renamed.png": whole,
        "renamed.mp4": png.getvalue(),
        "half.webm": webm[: len(webm) // 2],
        "empty.gif": b"",
        "notes.txt": b"hello",
        "list.mkv": b"#EXTM3U\nfile:///etc/passwd\n",
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError) as error:
            read(tmp_path / name)
        assert name in str(error.value) and "\n" not in str(error.value), name
    with pytest.raises(UserError, match="no such file"):
        read(tmp_path / "nowhere.mp4")


def test_image_bomb_is_refused(tmp_path):
    Image.new("1", (9000, 9000)).save(tmp_path / "bomb.png")
    with pytest.raises(UserError, match="9000 x 9000"):
        read(tmp_path / "bomb.png")
    Image.new("1", (20000, 20000)).save(tmp_path / "large.png")
    with pytest.raises(UserError, match="shrink"):
        read(tmp_path / "large.png")


def test_unwritable_folder_and_unknown_ending(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        write(tmp_path / "file" / "a.mp4", film(2), 12, {})
    with pytest.raises(UserError, match="written as"):
        write(tmp_path / "a.txt", film(2), 12, {})


def drifting(channels: int, height: int, width: int) -> torch.Tensor:
    """Two films, by the gradient and disc above; the second one is played backward."""
    one = to_float(film(6, height, width))[:, :channels]
    return torch.stack([one, one.flip(0)])


@pytest.mark.parametrize(("channels", "height", "width"), [(3, 32, 32), (3, 31, 45), (1, 32, 48)])
def test_h264_changes_pixels_and_keeps_the_shape(channels, height, width):
    video = drifting(channels, height, width)
    errors = []
    for crf in (10, 23, 40):
        coded = through_h264(video, 12, crf)
        assert coded.shape == video.shape and coded.dtype == video.dtype and coded.abs().max() <= 1
        torch.testing.assert_close(coded, through_h264(video, 12, crf), rtol=0, atol=0)
        torch.testing.assert_close(coded[1:], through_h264(video[1:], 12, crf), rtol=0, atol=0)  # each by itself
        errors.append(float((coded - video).abs().mean()) * 127.5)
    assert 0.2 < errors[0] < errors[1] < errors[2] < 30  # levels


def test_h264_in_memory_is_what_another_reader_sees_of_the_file(tmp_path):
    frames = film(6, 32, 32)
    path = write(tmp_path / "film.mp4", frames, 12, {})  # of crf 16
    reader, seen = cv2.VideoCapture(str(path)), []
    while (answer := reader.read())[0]:
        seen.append(torch.from_numpy(answer[1][:, :, ::-1].copy()))
    reader.release()
    coded = to_uint8(through_h264(to_float(frames)[None], 12, 16)[0])
    assert psnr(coded, torch.stack(seen)) > 36 > psnr(coded, frames) > 24


@pytest.mark.parametrize(("count", "fps"), [(4, 0.5), (2, 0.5), (3, 0.4)])
def test_a_slow_film_is_whole_though_its_last_frame_begins_early(tmp_path, count, fps):
    frames = torch.randint(0, 255, (count, 16, 16, 3), dtype=torch.uint8)
    assert len(read(write(tmp_path / "slow.webm", frames, fps, {})).frames) == count


def test_a_camera_s_preview_is_no_second_frame(tmp_path):
    large, small = Image.new("RGB", (64, 48), (200, 0, 0)), Image.new("RGB", (16, 12), (0, 0, 200))
    large.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[small])
    with Image.open(tmp_path / "a.jpg") as picture:
        assert picture.format == "MPO" and picture.n_frames == 2
    assert read(tmp_path / "a.jpg").frames.shape == (1, 48, 64, 3)


def test_a_title_of_another_encoding_is_passed_over(tmp_path):
    path = tmp_path / "a.avi"
    with av.open(str(path), "w") as target:
        target.metadata["title"] = "Cafe______"
        stream = target.add_stream("mpeg4", rate=12)
        stream.height = stream.width = 32
        stream.pix_fmt = "yuv420p"
        for frame in film(3, 32, 32).numpy():
            target.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        target.mux(stream.encode(None))
    path.write_bytes(path.read_bytes().replace(b"Cafe______", b"Caf\xe9 \xfcber"))
    with pytest.raises(UnicodeDecodeError):
        av.open(str(path))
    assert len(read(path).frames) == 3 and read_metadata(path) == {}


def test_h264_in_avi_comes_in_the_order_of_its_pictures(tmp_path):
    frames = film(12, 32, 64)
    with av.open(str(tmp_path / "a.avi"), "w") as target:
        stream = target.add_stream("libx264", rate=12, options={"bf": "2", "b_strategy": "0"})
        stream.height, stream.width = 32, 64
        stream.pix_fmt = "yuv420p"
        for frame in frames.numpy():
            target.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        target.mux(stream.encode(None))
    with av.open(str(tmp_path / "a.avi")) as source:
        stamps = [frame.pts for frame in source.decode(video=0)]
    assert stamps != sorted(stamps), "this file does not show what the test is about"
    back = read(tmp_path / "a.avi")
    assert back.fps == pytest.approx(12) and (back.times.diff() > 0).all() and back.times[0] == 0
    assert min(psnr(one, other) for one, other in zip(back.frames, frames, strict=True)) > 22
    assert psnr(back.frames[1:], frames[:-1]) < 22  # one frame's shift would show


def test_a_film_cut_without_coding_it_anew_is_whole(tmp_path):
    whole = write(tmp_path / "a.mp4", film(48, 32, 32), 12, {})
    with av.open(str(whole)) as source, av.open(str(tmp_path / "b.mp4"), "w", options={"use_editlist": "1"}) as target:
        there = source.streams.video[0]
        here = target.add_stream_from_template(there)
        step = round(1 / 12 / there.time_base)
        for packet in source.demux(there):
            if packet.dts is not None:
                packet.pts, packet.dts, packet.stream = packet.pts - 20 * step, packet.dts - 20 * step, here
                target.mux(packet)
    with av.open(str(tmp_path / "b.mp4")) as source:
        assert source.streams.video[0].frames == 48 and promised_frames(source.streams.video[0]) == 28
    assert torch.equal(read(tmp_path / "b.mp4").frames, read(whole).frames[20:])


def test_transparent_films_lie_on_the_background(tmp_path):
    sheet = np.zeros((16, 16, 4), np.uint8)
    sheet[:, :8] = (255, 0, 0, 255)
    with av.open(str(tmp_path / "a.mov"), "w") as target:
        stream = target.add_stream("png", rate=12)
        stream.height = stream.width = 16
        stream.pix_fmt = "rgba"
        for _ in range(2):
            target.mux(stream.encode(av.VideoFrame.from_ndarray(sheet, format="rgba")))
        target.mux(stream.encode(None))
    frames = read(tmp_path / "a.mov", (0, 0, 255)).frames
    assert frames[:, :, :8].unique(dim=2).tolist() == [[[[255, 0, 0]]] * 16] * 2
    assert frames[:, :, 8:].unique(dim=2).tolist() == [[[[0, 0, 255]]] * 16] * 2


ONE = 65536  # of a display matrix


@pytest.mark.parametrize(
    ("matrix", "shown"),
    [
        ((ONE, 0, 0, ONE), lambda picture: picture),
        ((-ONE, 0, 0, ONE), lambda picture: picture[:, ::-1]),  # mirrored left to right
        ((ONE, 0, 0, -ONE), lambda picture: picture[::-1]),
        ((-ONE, 0, 0, -ONE), lambda picture: picture[::-1, ::-1]),
        ((0, ONE, -ONE, 0), lambda picture: np.rot90(picture, -1)),  # a quarter clockwise
        ((0, -ONE, ONE, 0), np.rot90),
        ((0, ONE, ONE, 0), lambda picture: picture.transpose(1, 0, 2)),
    ],
)
def test_films_are_turned_and_mirrored_as_they_say(tmp_path, matrix, shown):
    y, x = np.mgrid[:32, :48]
    still = np.stack([x * 5, y * 7, 0 * x], -1).astype(np.uint8)
    path = write(tmp_path / "a.mp4", torch.from_numpy(np.stack([still] * 3)), 12, {})
    plain, content = read(path).frames[0].numpy(), path.read_bytes()
    a, b, c, d = matrix
    at = content.index(b"tkhd") - 4 + 48  # the matrix of the track's header
    turned = np.array([a, b, 0, c, d, 0, 0, 0, 1 << 30], ">i4").tobytes()
    path.write_bytes(content[:at] + turned + content[at + 36 :])
    np.testing.assert_array_equal(read(path).frames[0].numpy(), shown(plain))


def test_the_end_of_a_moving_picture_is_told(tmp_path):
    pictures = [Image.new("RGB", (8, 8), (level, 0, 0)) for level in (10, 90, 200)]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=[100, 300, 2000])
    told: list[float | None] = []

    def ends(path):
        told.append((yield from read_frames(path)))

    assert len(list(ends(tmp_path / "a.gif"))) == 3
    assert len(list(ends(write(tmp_path / "b.png", film(1), 12, {})))) == 1
    assert told == [pytest.approx(2.4), None]
