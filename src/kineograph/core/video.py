"""Films at the edge of the program: files <-> uint8 frames <-> pixels in [-1, 1].

Pictures and moving pictures go through Pillow, films through PyAV. What a file holds is read
from its first bytes, not believed from its name.
"""

import contextlib
import io
import json
import os
import re
import struct
import uuid
import warnings
from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import torch
from av.sidedata.sidedata import SideDataContainer
from av.sidedata.sidedata import Type as SideDataType
from jaxtyping import Float, Float64, Int, UInt8
from PIL import Image, ImageOps, PngImagePlugin
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.types import Frames

PICTURES = (".png", ".apng", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
FILMS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
WRITTEN = (".gif", ".mp4", ".webm", ".webp", ".png")
MAX_PIXELS = 64_000_000  # of one frame: an 8000 x 8000 picture
MAX_FILM_PIXELS = 1_000_000_000  # of all frames held at once: 3 GB
STILL_FPS = 12.0  # the rate of a still picture and of a folder of pictures, which carry none
WHITE = (255, 255, 255)
SYNTHETIC = {  # the marks that say a film was generated
    "synthetic": "true",
    "software": "kineograph",
    "digital_source_type": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
}
IMAGE_DESCRIPTION = 0x010E  # the EXIF tag
PAGES = ("TIFF", "MPO")  # whose further pictures are other pages, or a camera's preview: no film
REPEATABLE = "mbtree=0:scenecut=0:rc-lookahead=0"  # x264's looking ahead differs between runs on films of 32 pixels


class Film(NamedTuple):
    """One film in memory: RGB frames, when each is shown (seconds since the first), and its rate."""

    frames: Frames
    times: Float64[Tensor, "t"]
    fps: float


def to_float(frames: Frames) -> Float[Tensor, "t c h w"]:
    """uint8, channels last -> floats in [-1, 1], channels first."""
    return frames.permute(0, 3, 1, 2).float() / 127.5 - 1


def to_uint8(video: Float[Tensor, "t c h w"]) -> UInt8[Tensor, "t h w rgb"]:
    """Floats in [-1, 1] -> uint8, channels last; one channel becomes three equal ones. Inverse of ``to_float``."""
    frames = ((video.detach().float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    if frames.shape[1] == 1:
        frames = frames.expand(-1, 3, -1, -1)
    return frames.permute(0, 2, 3, 1).contiguous().cpu()


def through_h264(video: Float[Tensor, "b t c h w"], fps: float | int, crf: int) -> Float[Tensor, "b t c h w"]:
    """What an mp4 (H.264, 4:2:0) of this constant rate factor leaves of each film; it is written in memory."""
    return torch.stack([_through_h264(film, fps, crf) for film in video]).to(video)


def _through_h264(film: Float[Tensor, "t c h w"], fps: float | int, crf: int) -> Float[Tensor, "t c h w"]:
    content = io.BytesIO()
    options = {"crf": str(crf), "threads": "1", "x264-params": REPEATABLE}
    _write_film(content, to_uint8(film).numpy(), fps, "", "libx264", options, {})
    frames = [frame for _, frame in _read_film(Path("film.mp4"), "mov", WHITE, content.getvalue())]
    coded = to_float(torch.from_numpy(np.stack(frames)))[:, :, : film.shape[2], : film.shape[3]]
    return coded.mean(dim=1, keepdim=True) if film.shape[1] == 1 else coded


def nearest_frames(times: Float64[Tensor, "t"], wanted: Float64[Tensor, "n"]) -> Int[Tensor, "n"]:
    """For each wanted moment the frame whose time stamp is closest (the earlier one on a tie)."""
    after = torch.searchsorted(times, wanted).clamp(max=len(times) - 1)
    before = (after - 1).clamp(min=0)
    return torch.where(wanted - times[before] <= times[after] - wanted, before, after)


def resample(film: Film, fps: float | int) -> Film:
    """The film at another rate, by its time stamps. A rate within 2 % of its own keeps every frame as it is."""
    if len(film.frames) == 1 or abs(film.fps / fps - 1) < 0.02:
        index = torch.arange(len(film.frames))
    else:
        length = float(film.times[-1]) + 1 / film.fps  # the last frame is shown for one frame's time
        wanted = torch.arange(max(1, int(length * fps + 1e-6)), dtype=torch.float64) / fps
        index = nearest_frames(film.times, wanted)
    return Film(film.frames[index], torch.arange(len(index), dtype=torch.float64) / fps, fps)


def read(path: str | Path, background: tuple[int, int, int] = WHITE) -> Film:
    """A picture, a film or a folder of pictures; transparent pixels are laid on ``background``."""
    times, frames, pixels = [], [], 0
    for time, frame in read_frames(path, background):
        pixels += frame.shape[0] * frame.shape[1]
        if pixels > MAX_FILM_PIXELS:
            raise UserError(f"{path}: too long a film to hold at once ({MAX_FILM_PIXELS} pixels); cut or shrink it")
        times.append(time)
        frames.append(torch.from_numpy(frame))
    if len({frame.shape for frame in frames}) > 1:
        raise UserError(f"{path}: its frames differ in size; bring them to one size")
    stamps = clock(times)
    return Film(torch.stack(frames), stamps, rate(stamps))


def clock(times: Sequence[float]) -> Float64[Tensor, "t"]:
    """Seconds since the first frame, in order: frames come as they are shown, whatever stamps AVI gives H.264."""
    stamps = torch.tensor(times, dtype=torch.float64).sort().values
    return stamps - stamps[0]


def rate(times: Float64[Tensor, "t"]) -> float:
    """Frames a second by the mean gap between time stamps."""
    if len(times) < 2 or times[-1] <= times[0]:
        return STILL_FPS
    return (len(times) - 1) / float(times[-1] - times[0])


def read_frames(
    path: str | Path, background: tuple[int, int, int] = WHITE, content: bytes | None = None
) -> Generator[tuple[float, UInt8[np.ndarray, "h w c"]], None, float | None]:
    """The frames one by one, each with the second at which it is shown, so that a long film is never held whole.

    Where the file lies inside another one, ``content`` is its bytes and ``path`` only its name. What the generator
    returns is the second at which the last frame ends, None where the file does not tell.
    """
    path = Path(path)
    if content is None and path.is_dir():
        yield from _read_folder(path, background)
        return None
    kind = path.suffix.lower()
    if content is None and not path.is_file():
        link = "a link that leads nowhere" if path.is_symlink() else "no such file"
        raise UserError(f"{path}: {'a pipe or device, not a file' if path.exists() else link}")
    if kind not in PICTURES + FILMS:
        raise UserError(f"{path}: not a picture or film name; known endings: {' '.join(PICTURES + FILMS)}")
    try:
        with path.open("rb") if content is None else io.BytesIO(content) as file:
            head = file.read(64)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    if not head:
        raise UserError(f"{path}: the file is empty")
    container = _container(head)
    if kind in FILMS and container is None:
        raise UserError(f"{path}: named {kind} but holds no film this program reads; was it renamed or cut off?")
    if kind in PICTURES and container is not None:
        raise UserError(f"{path}: named {kind} but holds a film ({container}); rename it")
    if container is None:
        return (yield from _read_picture(path, background, content))
    yield from _read_film(path, container, background, content)
    return None


def natural(path: Path) -> list[int | str]:
    """Sorting key by which frame 10 comes after frame 9."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name)]


def _read_folder(folder: Path, background: tuple[int, int, int]) -> Iterator[tuple[float, np.ndarray]]:
    pictures = sorted((p for p in folder.iterdir() if p.suffix.lower() in PICTURES and p.name[0] != "."), key=natural)
    if not pictures:
        raise UserError(f"{folder}: a folder without pictures; expected frames named {' '.join(PICTURES)}")
    for place, picture in enumerate(pictures):
        _, frame = next(_read_picture(picture, background))
        yield place / STILL_FPS, frame


def _container(head: bytes) -> str | None:
    """The film container these first bytes announce. Fixing it keeps ffmpeg from following playlists and text."""
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "matroska"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    return None


def _read_film(
    path: Path, container: str, background: tuple[int, int, int], content: bytes | None = None
) -> Iterator[tuple[float, np.ndarray]]:
    file = str(path) if content is None else io.BytesIO(content)
    try:
        with av.open(file, format=container, metadata_errors="replace") as source:  # a title may be of any encoding
            if not source.streams.video:
                raise UserError(f"{path}: holds no pictures, only sound or data")
            stream = source.streams.video[0]
            _check_size(path, stream.codec_context.width, stream.codec_context.height)
            stream.thread_type = "AUTO"
            first, count, last = None, 0, 0.0
            for frame in source.decode(stream):
                if frame.is_corrupt:
                    raise UserError(f"{path}: damaged or cut off after {count} frames")
                seconds = float(frame.pts * frame.time_base) if frame.pts is not None else count / STILL_FPS
                first = seconds if first is None else first
                last, count = max(last, seconds - first), count + 1
                yield seconds - first, _upright(frame, _rgb(frame, background))
            promised = promised_frames(stream)
            length = source.duration / av.time_base if source.duration else 0.0
    except (av.error.FFmpegError, OSError) as error:
        raise UserError(f"{path}: damaged, cut off or not a film ({error.strerror})") from error
    if count == 0:
        raise UserError(f"{path}: holds no frame that can be decoded")
    if promised and count < 0.95 * promised - 1:
        raise UserError(f"{path}: cut off: {count} of {promised} frames are there")
    there = last * count / max(1, count - 1)  # to the last frame's end
    if not promised and count > 1 and there < 0.9 * length - 1:
        raise UserError(f"{path}: cut off: {there:.1f} of {length:.1f} seconds are there")


def promised_frames(stream: av.VideoStream) -> int:
    """How many frames the container says are shown, 0 where it does not.

    Films that were cut without coding them anew keep frames before the cut, which their edit list hides: those are
    counted among ``stream.frames`` and not in the duration.
    """
    if not (stream.duration and stream.time_base and stream.average_rate):
        return stream.frames
    return min(stream.frames, round(stream.duration * stream.time_base * stream.average_rate))


def _rgb(frame: av.VideoFrame, background: tuple[int, int, int]) -> np.ndarray:
    if any(component.is_alpha for component in frame.format.components):
        return _to_rgb(Image.fromarray(frame.to_ndarray(format="rgba")), background)
    return frame.to_ndarray(format="rgb24")


def _upright(frame: av.VideoFrame, picture: np.ndarray) -> np.ndarray:
    """Turned and mirrored as the frame's display matrix says, to whole quarters."""
    # Not frame.side_data: that and the frame hold each other, so the decoder lives on until it is collected, perhaps in
    # a loader's process, which has not its threads and dies of it.
    side_data = SideDataContainer(frame).get(SideDataType.DISPLAYMATRIX)
    if side_data is None:
        return picture
    # A point (x, y) is shown at (a x + c y, b x + d y); x goes to the right, y down.
    a, b, _, c, d, *_ = np.frombuffer(side_data, dtype=np.int32).tolist()
    if abs(a) + abs(d) < abs(b) + abs(c):
        picture, a, d = picture.transpose(1, 0, 2), c, b
    return np.ascontiguousarray(picture[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise UserError(f"{path}: {width} x {height} pixels are more than {MAX_PIXELS}; shrink it first")


def _read_picture(
    path: Path, background: tuple[int, int, int], content: bytes | None = None
) -> Generator[tuple[float, np.ndarray], None, float | None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is ours, and lower
            picture = Image.open(path if content is None else io.BytesIO(content))
    except Image.DecompressionBombError as error:
        raise UserError(f"{path}: more than {MAX_PIXELS} pixels; shrink it first") from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise UserError(f"{path}: not a picture this program reads; was it renamed or cut off?") from error
    with picture:
        _check_size(path, *picture.size)
        seconds = 0.0
        try:
            first = int(picture.info.get("default_image", False))  # a PNG's picture for those who cannot play it
            last = getattr(picture, "n_frames", 1) if picture.format not in PAGES else first + 1
            for place in range(first, last):
                picture.seek(place)
                picture.load()
                upright = ImageOps.exif_transpose(picture)
                yield seconds, _to_rgb(upright, background)
                # Browsers show a frame without a duration for a tenth of a second.
                seconds += (picture.info.get("duration") or 100) / 1000
            return seconds if last - first > 1 else None
        except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
            raise UserError(f"{path}: damaged or cut off ({error})") from error


def _to_rgb(picture: Image.Image, background: tuple[int, int, int]) -> UInt8[np.ndarray, "h w c"]:
    """8-bit RGB of a picture of any mode; 16 bits are divided, alpha is laid on the background."""
    if picture.mode.startswith("I"):  # I;16 and its byte orders, and I, where Pillow keeps 16-bit files
        grey = np.asarray(picture).astype(np.float64)
        grey = grey / (257 if grey.max() > 255 or picture.mode != "I" else 1)
        return np.repeat(np.clip(np.rint(grey), 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    if picture.mode == "F":  # floats: [0, 1] where they fit, else [0, 255]
        grey = np.nan_to_num(np.asarray(picture).astype(np.float64))
        grey = grey * (255 if grey.max() <= 1 else 1)
        return np.repeat(np.clip(np.rint(grey), 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        sheet = Image.new("RGBA", picture.size, (*background, 255))
        picture = Image.alpha_composite(sheet, picture.convert("RGBA"))
    return np.array(picture.convert("RGB"))


def write(path: str | Path, frames: Frames, fps: float | int, metadata: dict[str, str]) -> Path:
    """Writes a film by its file name: .gif .mp4 .webm .webp, or .png for a strip of all frames.

    ``metadata`` (run, weights, seed, ...) goes into the file's comment as one JSON object, with
    marks that the film is synthetic. The file appears whole or not at all.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in WRITTEN:
        raise UserError(f"{path}: films are written as {' '.join(WRITTEN)}, not '{kind}'")
    if len(frames) == 0 or not fps > 0:
        raise UserError(f"{path}: a film needs at least one frame and a rate above 0, not {len(frames)} at {fps}")
    if frames.shape[-1] == 1:
        frames = frames.expand(-1, -1, -1, 3)
    comment = json.dumps(SYNTHETIC | metadata, sort_keys=True)
    pictures = frames.cpu().numpy()
    unfinished = path.with_name(f".{path.stem[:60]}.{uuid.uuid4().hex[:8]}{kind}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == ".gif":
            _write_gif(unfinished, pictures, fps, comment)
        elif kind == ".webp":
            _write_webp(unfinished, pictures, fps, comment)
        elif kind == ".png":
            _write_strip(unfinished, pictures, comment)
        elif kind == ".mp4":
            _write_film(unfinished, pictures, fps, comment, "libx264", {"crf": "16"}, {"movflags": "+faststart"})
        else:
            _write_film(unfinished, pictures, fps, comment, "libvpx-vp9", {"crf": "20", "b": "0"}, {})
        os.replace(unfinished, path)
    except (OSError, av.error.FFmpegError) as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error}); choose another folder") from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()
    return path


def _durations(count: int, fps: float | int, tick: int) -> list[int]:
    """How long each frame is shown, in milliseconds, in whole ticks that never drift from the rate."""
    edges = [round(place * 1000 / fps / tick) * tick for place in range(count + 1)]
    return [max(tick, after - before) for before, after in pairwise(edges)]


def _write_gif(path: Path, frames: np.ndarray, fps: float | int, comment: str) -> None:
    # One palette for the whole film, else every frame shimmers in its own 256 colours.
    chosen = frames[np.linspace(0, len(frames) - 1, min(len(frames), 16)).round().astype(int)]
    sheet = Image.fromarray(chosen.reshape(-1, *chosen.shape[2:]))
    palette = sheet.quantize(256, method=Image.Quantize.MEDIANCUT)
    pictures = [Image.fromarray(frame).quantize(palette=palette) for frame in frames]
    durations = _durations(len(frames), fps, tick=10)  # GIF counts in hundredths of a second
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=durations, loop=0, comment=comment.encode()
    )


def _write_webp(path: Path, frames: np.ndarray, fps: float | int, comment: str) -> None:
    pictures = [Image.fromarray(frame) for frame in frames]
    exif = Image.Exif()
    exif[IMAGE_DESCRIPTION] = comment
    pictures[0].save(
        path,
        save_all=True,
        append_images=pictures[1:],
        duration=_durations(len(frames), fps, tick=1),
        loop=0,
        quality=90,
        method=4,
        exif=exif,
    )


def _write_strip(path: Path, frames: np.ndarray, comment: str) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", comment)
    Image.fromarray(np.concatenate(list(frames), axis=1)).save(path, pnginfo=text)


def _write_film(
    target: Path | io.BytesIO,  # in memory it is an mp4
    frames: np.ndarray,
    fps: float | int,
    comment: str,
    codec: str,
    options: dict[str, str],
    container_options: dict[str, str],
) -> None:
    # 4:2:0 needs even sizes: an odd edge is repeated once.
    odd = [(0, 0), (0, frames.shape[1] % 2), (0, frames.shape[2] % 2), (0, 0)]
    frames = np.pad(frames, odd, mode="edge")
    file, container = (target, "mp4") if isinstance(target, io.BytesIO) else (str(target), None)
    with av.open(file, "w", format=container, options=container_options) as film:
        film.metadata["comment"] = comment
        stream = film.add_stream(codec, rate=Fraction(fps).limit_denominator(1001), options=options)
        stream.height, stream.width, stream.pix_fmt = frames.shape[1], frames.shape[2], "yuv420p"
        for frame in frames:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        film.mux(stream.encode(None))


def read_metadata(path: str | Path) -> dict[str, str]:
    """What ``write`` noted in the file; empty where there is none."""
    path = Path(path)
    if path.suffix.lower() in FILMS:
        with av.open(str(path), metadata_errors="replace") as source:
            comment = source.metadata.get("comment") or source.metadata.get("COMMENT") or ""
    else:
        with Image.open(path) as picture:
            comment = picture.info.get("comment") or picture.info.get("Comment") or ""
            comment = comment or picture.getexif().get(IMAGE_DESCRIPTION, "")
    comment = comment.decode() if isinstance(comment, bytes) else comment
    try:
        return json.loads(comment)
    except ValueError:
        return {}
