"""Writes films that are wrong in one way each, and sound ones."""

import os
import re
import struct
import zlib
from pathlib import Path

import av
import numpy as np
from PIL import Image


def scene(seed: int, num_frames: int = 16, size: int = 48) -> np.ndarray:
    """Coloured tiles that pass by; another seed shows other tiles."""
    rng = np.random.default_rng(seed)
    tiles = np.kron(rng.integers(0, 255, (8, 8, 3)), np.ones((size // 8, size // 8, 1))).astype(np.uint8)
    return np.stack([np.roll(tiles, 2 * place, axis=1) for place in range(num_frames)])


def film(path: Path, frames: np.ndarray, codec: str = "libx264", fps: int = 12, **options: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as target:
        stream = target.add_stream(codec, rate=fps, options=options)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = {"mjpeg": "yuvj420p", "rawvideo": "bgr24"}.get(codec, "yuv420p")
        for frame in frames:
            target.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        target.mux(stream.encode(None))
    return path


def cut(path: Path, share: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


def flip(path: Path, seed: int, number: int) -> None:
    """Changes bits inside the pictures, not in the header."""
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    start = data.find(b"mdat") + 900
    stop = data.find(b"moov") if data.find(b"moov") > start else len(data)
    for place in rng.integers(start, stop, number):
        data[place] ^= 1 << int(rng.integers(8))
    path.write_bytes(data)


def sound(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as target:
        stream = target.add_stream("aac", rate=16000)
        for place in range(10):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 16000, 1024 * place
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


def retime(path: Path, times: list[int]) -> None:
    """Gives the frames of a Matroska file of JPEG pictures other time stamps (milliseconds)."""
    wanted = iter(times)

    def block(found: re.Match) -> bytes:
        return found[1] + struct.pack(">h", next(wanted)) + found[2]

    data, number = re.subn(rb"(\xa3[\x40-\x7f].\x81)..(.\xff\xd8)", block, path.read_bytes(), flags=re.DOTALL)
    assert number == len(times), number
    path.write_bytes(data)


def giant_avi(path: Path) -> None:
    film(path, scene(0, 2, 16), "rawvideo")
    data = bytearray(path.read_bytes())
    header = data.find(b"strf") + 8
    data[header + 4 : header + 12] = struct.pack("<ii", 60_000, 60_000)
    path.write_bytes(data)


def giant_gif(path: Path) -> None:
    Image.fromarray(scene(0, 1)[0]).save(path)
    data = bytearray(path.read_bytes())
    data[6:10] = b"\xff" * 4
    path.write_bytes(data)


def bomb_png(path: Path) -> None:
    """Thirty bytes that promise 3.6 thousand million pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in parts]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def bad_folder(folder: Path) -> dict[str, str]:
    """Every kind of bad file, with a word of what must be said of it."""
    told = {}

    def bad(name: str, words: str) -> Path:
        told[name] = words
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    bad("a/zero.mp4", "empty").write_bytes(b"")
    bad("a/text.mp4", "holds no film").write_text("these are words\n" * 20)
    bad("a/noise.mp4", "holds no film").write_bytes(np.random.default_rng(0).bytes(4000))
    bad("a/playlist.mp4", "holds no film").write_text("#EXTM3U\n#EXTINF:1,\n/etc/hostname\n")
    cut(film(bad("a/truncated.mp4", "damaged, cut off"), scene(1)), 0.6)
    cut(film(bad("a/cut.webm", "cut off"), scene(2, 48), "libvpx", deadline="realtime"), 0.5)
    cut(film(bad("a/cut.avi", "cut off"), scene(3), "mpeg4"), 0.5)
    flip(film(bad("a/flipped.mp4", "damaged"), scene(4, 24, 96), preset="ultrafast", crf="10"), 0, 12)
    sound(bad("a/audio.mp4", "only sound"))
    bad("a/dead.mp4", "dead link").symlink_to("nowhere.mp4")
    bad("a/loop.mp4", "dead link").symlink_to("loop.mp4")
    os.mkfifo(bad("a/pipe.mp4", "not a file"))
    film(bad("a/closed.mp4", "no permission"), scene(5)).chmod(0)
    film(folder / "a/matroska.mkv", scene(6), "mpeg4").rename(bad("a/named.mp4", "wrong suffix"))
    film(folder / "a/film.mp4", scene(7)).rename(bad("a/film.dat", "wrong suffix"))
    film(folder / "a/film.mp4", scene(8)).rename(bad("a/film.gif", "holds a film"))
    film(bad("a/one.mp4", "one frame only"), scene(9, 1))
    film(bad("a/frozen.mp4", "frozen"), np.repeat(scene(10, 1), 16, axis=0))
    film(bad("a/short.mp4", "shorter than a clip"), scene(11, 3))
    film(bad("a/fast.mp4", "absurd rate"), scene(12, 600, 16), fps=1000, preset="ultrafast")
    retime(film(bad("a/backward.mkv", "not later than"), scene(13, 3), "mjpeg"), [0, 200, 100])
    retime(film(bad("a/still_clock.mkv", "zero frames a second"), scene(14, 3), "mjpeg"), [0] * 3)
    giant_avi(bad("a/giant.avi", "damaged"))
    giant_gif(bad("a/giant.gif", "more than"))
    bomb_png(bad("a/bomb.png", "more than"))
    bomb_png(bad("drawn/1.png", "more than"))
    for place in (2, 3):
        Image.fromarray(scene(15, 4)[place]).save(folder / f"drawn/{place}.png")
    cut_picture = bad("drawn/4.jpg", "damaged or cut off")
    Image.fromarray(scene(16, 1, 96)[0]).save(cut_picture)
    cut(cut_picture, 0.6)
    film(folder / "a/twin_1.mp4", scene(17))
    film(bad("a/twin_2.mp4", "near-duplicate of a/twin_1.mp4"), scene(17), crf="30")
    film(folder / "test/wave/again.mp4", scene(18))
    film(bad("train/wave/leak.mp4", "leak: looks the same as test/wave/again.mp4"), scene(18), crf="28")
    bad("clips.csv", "refused: line 2").write_text("file,label\n../secret.mp4,cat\n")
    (folder / os.fsdecode(b"a/bad\xff\nname.mp4")).write_bytes(b"")
    return told
