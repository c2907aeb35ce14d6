"""Cuts windows out of films and brings them to the clip's size: uint8 frames -> a batch of clips."""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
import torch
from jaxtyping import Int64, Shaped, UInt8
from torch import Tensor

from kineograph.core.errors import ConfigError, UserError
from kineograph.core.protocols import TextEncoder
from kineograph.core.types import Clip, Video
from kineograph.core.warp import resize
from kineograph.data.films import Film, Films


class Window(NamedTuple):
    """A piece of a film: where it begins (seconds) and how fast it is played."""

    index: int
    number: int  # added to the film's key
    start: float
    speed: float


Replace = Callable[[int, Window, UserError], Window]  # place in the batch, what cannot be read, why -> another one


def _repeat(place: Int64[np.ndarray, "t"], film: Film) -> Int64[np.ndarray, "t"]:
    """The last frame is held."""
    return np.minimum(place, film.num_frames - 1)


def _loop(place: Int64[np.ndarray, "t"], film: Film) -> Int64[np.ndarray, "t"]:
    """The film begins anew."""
    return place % film.num_frames


def _ping_pong(place: Int64[np.ndarray, "t"], film: Film) -> Int64[np.ndarray, "t"]:
    """The film runs back and forth; its ends are shown once."""
    last = film.num_frames - 1
    return last - np.abs(last - place % max(1, 2 * last))


def _error(place: Int64[np.ndarray, "t"], film: Film) -> Int64[np.ndarray, "t"]:
    raise UserError(
        f"film {film.group} has {film.num_frames} frames, a clip wants {place[-1] + 1}; choose data.short=repeat, loop "
        "or ping_pong, or lower clip.num_frames"
    )


SHORT = {"repeat": _repeat, "loop": _loop, "ping_pong": _ping_pong, "error": _error}


class ClipReader:
    """Reads windows as batches of this shape; ``short`` says how films that end before the clip go on.

    Raises ConfigError for films smaller than the clip or of another aspect, which none replaces, and UserError for
    short ones where they are an error.
    """

    def __init__(
        self,
        *,
        films: Films,
        num_frames: int,
        height: int,
        width: int,
        channels: int,
        fps: float | int,
        text: TextEncoder,
        num_tokens: int,
        text_dim: int,
        num_factors: int,
        short: str,
    ):
        if short not in SHORT:
            raise UserError(f"data.short is '{short}'; choose {', '.join(SHORT)}")
        self.films = films
        self.num_frames = num_frames
        self.height = height
        self.width = width
        self.channels = channels
        self.fps = fps
        self.text = text
        self.num_tokens = num_tokens
        self.text_dim = text_dim
        self.num_factors = num_factors
        self.short = short
        self.clock = np.arange(num_frames) / fps
        self.length = (num_frames - 1) / fps  # seconds from the first frame to the last

    def room(self, index: int, speed: float) -> float:
        """How many seconds into the film a window may begin."""
        return max(0.0, self.films.films[index].duration - self.length * speed)

    def longest_speed(self, index: int) -> float:
        """The speed at which a window covers the whole film."""
        return self.films.films[index].duration / self.length if self.num_frames > 1 else float("inf")

    def fits(self, index: int, speed: float = 1.0) -> bool:
        """Whether the film is as long as a clip; half a stored frame may be wanting."""
        return self.films.films[index].duration + 0.5 / self.films.films[index].fps >= self.length * speed

    def read(self, windows: list[Window], replace: Replace | None = None) -> Clip:
        """The clips of these windows, in [-1, 1]; ``replace`` says which is shown for one that cannot be read."""
        windows, frames = list(windows), []
        for place in range(len(windows)):
            while len(frames) == place:
                try:
                    frames.append(self._frames(windows[place]))
                except UserError as error:
                    if replace is None or isinstance(error, ConfigError):
                        raise
                    windows[place] = replace(place, windows[place], error)
        films = [self.films.films[window.index] for window in windows]
        if len({one.shape for one in frames}) == 1:
            video = self._video(frames)
        else:  # of a mixture
            video = torch.cat([self._video([one]) for one in frames])
        captions = [self.text(film.caption, self.num_tokens, self.text_dim) for film in films]
        factors = np.full((len(films), self.num_factors), np.nan, dtype=np.float32)
        for row, film in zip(factors, films, strict=True):
            known = film.factors[: self.num_factors]
            row[: len(known)] = known
        return Clip(
            video=video,
            times=torch.from_numpy(self.clock).float().expand(len(films), -1).contiguous(),
            label=torch.tensor([film.label for film in films]),
            text=torch.stack([text for text, _ in captions]),
            text_mask=torch.stack([mask for _, mask in captions]),
            factors=torch.from_numpy(factors),
            key=torch.tensor([film.key + window.number for film, window in zip(films, windows, strict=True)]),
        )

    def _video(self, frames: list[UInt8[np.ndarray, "t rows columns own"]]) -> Video:
        """Films of one size brought to the clip's channels and size, in [-1, 1]."""
        video = torch.empty(len(frames), self.num_frames, self.channels, *frames[0].shape[1:3])
        for clip, one in zip(video, frames, strict=True):  # one by one, while it is in the processor's cache
            clip.copy_(self._channels(_channels_first(one))).div_(127.5).sub_(1)
        return resize(video, (self.height, self.width)).contiguous()

    def _channels(self, video: UInt8[Tensor, "t _ h w"]) -> Shaped[Tensor, "t _ h w"]:
        """Grey of colours where the clip is grey; else as it is."""
        if self.channels == 1 and video.shape[1] == 3:
            return torch.einsum("c,tchw->thw", torch.tensor([0.299, 0.587, 0.114]), video.float())[:, None]
        return video

    def _frames(self, window: Window) -> UInt8[np.ndarray, "t h w c"]:
        film, times = self.films.films[window.index], window.start + self.clock * window.speed
        if times[-1] > film.duration + 0.5 / film.fps:
            place = np.floor(times * film.fps + 0.5 + 1e-6).astype(np.int64)
            times = SHORT[self.short](place, film) / film.fps
        frames = self.films.read(window.index, times)
        h, w = frames.shape[1:3]
        if h < self.height or w < self.width:
            raise ConfigError(
                f"the films are stored at {h}x{w}, smaller than clip {self.height}x{self.width}; "
                f"prepare them with data.source.height={self.height} data.source.width={self.width}"
            )
        if h * self.width != w * self.height:
            raise ConfigError(f"films of {h}x{w} do not have the aspect of clip {self.height}x{self.width}")
        factor = h // self.height
        if factor == 1 or h % self.height or w % self.width:
            return frames
        return _average(frames, factor)


def _average(frames: UInt8[np.ndarray, "t h w c"], factor: int) -> UInt8[np.ndarray, "t _ _ c"]:
    """Every ``factor`` x ``factor`` pixels become one, rounded half up."""
    t, h, w, c = frames.shape
    if factor == 2:  # OpenCV's own sum of four and shift, over all frames one above the other
        sheet = cv2.resize(frames.reshape(t * h, w, c), (w // 2, t * h // 2), interpolation=cv2.INTER_AREA)
        return sheet.reshape(t, h // 2, w // 2, c)
    total = frames[:, ::factor].astype(np.uint32)
    for row in range(1, factor):
        total += frames[:, row::factor]
    total = total.reshape(t, h // factor, w // factor, factor, c).sum(axis=3, dtype=np.uint32)
    return ((total + factor * factor // 2) // (factor * factor)).astype(np.uint8)


def _channels_first(frames: UInt8[np.ndarray, "t h w c"]) -> UInt8[Tensor, "t c h w"]:
    """Moved one channel at a time, which is faster than any general transposition."""
    t, h, w, c = frames.shape
    planes = np.empty((t, c, h, w), dtype=np.uint8)
    for channel in range(c):
        planes[:, channel] = frames[..., channel]
    return torch.from_numpy(planes)
