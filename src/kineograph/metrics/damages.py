"""Controlled damage to real films, each at rising strength: what a metric of animation ought to see.

After Ge et al., "On the content bias in FVD", arXiv:2404.12391, section 3, and Unterthiner et al., arXiv:1812.01717,
section 4. A damage is a pure function of dense films (twice the frame rate, long enough to be played at double speed),
a strength and the randomness of each film; it answers films at the ordinary rate.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from kineograph.core.random import Noise
from kineograph.core.types import Video
from kineograph.core.video import through_h264
from kineograph.core.warp import warp

DENSITY = 2  # dense frames a frame
FASTEST = 2.0
FPS = 12  # at which films are written as H.264

Dense = Float[Tensor, "b dense c h w"]
Apply = Callable[[Dense, float, Noise], Video]


class Damage(NamedTuple):
    """What it harms, and how strongly: the strengths rise."""

    harms: str  # motion, look or variety
    strengths: tuple[float, ...]
    apply: Apply


def num_dense(num_frames: int) -> int:
    """How many dense frames a film needs so that it can be played at the highest speed."""
    return round(DENSITY * FASTEST * (num_frames - 1)) + 1


def played(dense: Dense, speed: float) -> Video:
    """The film at this speed, from its first frame on: the nearest dense frame, never a blend."""
    return dense[:, [math.floor(DENSITY * speed * t + 0.5) for t in range(num_played(dense))]]


def num_played(dense: Dense) -> int:
    """How many frames a film has at the ordinary rate and speed."""
    return round((dense.shape[1] - 1) / (DENSITY * FASTEST)) + 1


def freeze(film: Video, share: float, noise: Noise) -> Video:
    """The last share of the film is held."""
    last = round((1 - share) * (film.shape[1] - 1))
    return film[:, [min(t, last) for t in range(film.shape[1])]]


def shuffle(film: Video, share: float, noise: Noise) -> Video:
    """A share of the frames after the first change places at random, none stays."""
    count = max(2, round(share * (film.shape[1] - 1)))
    chosen = 1 + noise.uniform(film.shape[1] - 1).argsort(dim=1)[:, :count]  # in random order
    order = torch.arange(film.shape[1], device=film.device).repeat(len(film), 1)
    return _ordered(film, order.scatter(1, chosen, chosen.roll(1, dims=1)))


def reverse(film: Video, share: float, noise: Noise) -> Video:
    """The last share of the film runs backward."""
    kept = film.shape[1] - round(share * film.shape[1])
    return torch.cat([film[:, :kept], film[:, kept:].flip(1)], dim=1)


def swap(film: Video, share: float, noise: Noise) -> Video:
    """A share of the pairs of neighbouring frames change places."""
    num_pairs = (film.shape[1] - 1) // 2
    count = max(1, round(share * num_pairs))
    first = 1 + 2 * noise.uniform(num_pairs).argsort(dim=1)[:, :count]
    order = torch.arange(film.shape[1], device=film.device).repeat(len(film), 1)
    return _ordered(film, order.scatter(1, first, first + 1).scatter(1, first + 1, first))


def half_rate(film: Video, hold: float, noise: Noise) -> Video:
    """Every ``hold``-th frame, shown ``hold`` times."""
    return film[:, [int(t // hold * hold) for t in range(film.shape[1])]]


def fps_change(dense: Dense, loss: float, noise: Noise) -> Video:
    """To a rate lower by this share and back, by blending neighbours."""
    step = 1 / (1 - loss)
    length = num_played(dense)
    film = dense[:, ::DENSITY]
    fewer = _blended(film, [place * step for place in range(math.ceil((length - 1) / step) + 1)])
    return _blended(fewer, [t / step for t in range(length)])


def speed_up(dense: Dense, gain: float, noise: Noise) -> Video:
    """Played faster by this share."""
    return played(dense, 1 + gain)


def slow_down(dense: Dense, loss: float, noise: Noise) -> Video:
    """Played slower by this share."""
    return played(dense, 1 - loss)


def jitter(film: Video, amount: float, noise: Noise) -> Video:
    """Every frame is moved at random, by ``amount`` (a standard deviation) of the picture's width."""
    shift = amount * noise.normal(film.shape[1], 2, 1, 1)
    return warp(film, shift.expand(-1, -1, -1, *film.shape[-2:]))


def wobble(film: Video, amount: float, noise: Noise) -> Video:
    """Every frame is bent by another smooth field."""
    return warp(film, amount * _fields(film, film.shape[1], noise))


def local_warp(film: Video, amount: float, noise: Noise) -> Video:
    """All frames are bent by one smooth field: the look suffers, the motion does not."""
    return warp(film, amount * _fields(film, 1, noise).expand(-1, film.shape[1], -1, -1, -1))


def blur(film: Video, width: float, noise: Noise) -> Video:
    """Gaussian, of this share of the picture's width."""
    sigma = width * film.shape[-1]
    reach = math.ceil(3 * sigma)
    line = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=film.device) / sigma).square())
    line = (line / line.sum()).to(film.dtype)
    frames = rearrange(film, "b t c h w -> (b t c) 1 h w")
    frames = F.conv2d(F.pad(frames, (reach, reach, 0, 0), mode="replicate"), line[None, None, None])
    frames = F.conv2d(F.pad(frames, (0, 0, reach, reach), mode="replicate"), line[None, None, :, None])
    return frames.reshape(film.shape)


def grain(film: Video, levels: float, noise: Noise) -> Video:
    """Independent normal noise, in 8-bit levels."""
    return film + levels / 127.5 * noise.normal(*film.shape[1:])


def flicker(film: Video, levels: float, noise: Noise) -> Video:
    """Every frame is brighter or darker by this much."""
    sign = (noise.uniform(film.shape[1], 1, 1, 1) < 0.5).to(film.dtype) * 2 - 1
    return film + levels / 127.5 * sign


def jpeg(film: Video, loss: float, noise: Noise) -> Video:
    """Every frame through JPEG of quality 100 - loss."""

    def through(frame: np.ndarray) -> np.ndarray:
        _, data = cv2.imencode(".jpg", frame[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, round(100 - loss)])
        return cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1]

    return _through_bytes(film, lambda frames: np.stack([through(frame) for frame in frames]))


def h264(film: Video, crf: float, noise: Noise) -> Video:
    """The film through H.264 at this constant rate factor."""
    return through_h264(film, FPS, round(crf))


def mode_drop(film: Video, share: float, noise: Noise) -> Video:
    """A share of the films is lost; the others are shown in their stead."""
    order = noise.uniform().argsort()
    kept = order[round(share * len(film)) :]
    places = torch.arange(len(film), device=film.device)
    places[order[: len(order) - len(kept)]] = kept[torch.arange(len(order) - len(kept)) % len(kept)]
    return film[places]


def identity_swap(film: Video, share: float, noise: Noise) -> Video:
    """In a share of the films another one goes on halfway."""
    order = noise.uniform().argsort()
    changed = order[: round(share * len(film))]
    half = film.shape[1] // 2
    answer = film.clone()
    answer[changed, half:] = film[order.roll(1)[: len(changed)], half:]
    return answer


def on_film(apply: Callable[[Video, float, Noise], Video]) -> Apply:
    """A damage of films at the ordinary rate, as one of dense films."""
    return lambda dense, strength, noise: apply(played(dense, 1.0), strength, noise)


DAMAGES: dict[str, Damage] = {
    "freeze": Damage("motion", (0.25, 0.5, 1.0), on_film(freeze)),
    "shuffle": Damage("motion", (0.25, 0.5, 1.0), on_film(shuffle)),
    "reverse": Damage("motion", (0.25, 0.5, 1.0), on_film(reverse)),
    "swap": Damage("motion", (0.25, 0.5, 1.0), on_film(swap)),
    "half_rate": Damage("motion", (2.0, 3.0, 4.0), on_film(half_rate)),
    "fps_change": Damage("motion", (0.2, 0.4, 0.6), fps_change),
    "speed_up": Damage("motion", (0.25, 0.5, 1.0), speed_up),
    "slow_down": Damage("motion", (0.25, 0.5, 0.75), slow_down),
    "jitter": Damage("motion", (0.008, 0.016, 0.032), on_film(jitter)),
    "wobble": Damage("motion", (0.008, 0.016, 0.032), on_film(wobble)),
    "flicker": Damage("motion", (4.0, 8.0, 16.0), on_film(flicker)),
    "local_warp": Damage("look", (0.008, 0.016, 0.032), on_film(local_warp)),
    "blur": Damage("look", (0.01, 0.02, 0.04), on_film(blur)),
    "noise": Damage("look", (4.0, 8.0, 16.0), on_film(grain)),
    "jpeg": Damage("look", (40.0, 70.0, 90.0), on_film(jpeg)),
    "h264": Damage("look", (28.0, 36.0, 44.0), on_film(h264)),
    "identity_swap": Damage("look", (0.25, 0.5, 1.0), on_film(identity_swap)),
    "mode_drop": Damage("variety", (0.25, 0.5, 0.75), on_film(mode_drop)),
}


def _ordered(film: Video, order: Tensor) -> Video:
    return film[torch.arange(len(film), device=film.device)[:, None], order]


def _blended(film: Video, places: list[float]) -> Float[Tensor, "b t2 c h w"]:
    """The film at these places between its frames."""
    before = [min(int(place), film.shape[1] - 1) for place in places]
    after = [min(place + 1, film.shape[1] - 1) for place in before]
    part = torch.tensor([place - int(place) for place in places], dtype=film.dtype, device=film.device)
    return torch.lerp(film[:, before], film[:, after], part[:, None, None, None])


def _fields(film: Video, count: int, noise: Noise) -> Tensor:
    """Smooth random flow fields of about unit size."""
    coarse = rearrange(noise.normal(count, 2, 4, 4), "b t two h w -> (b t) two h w")
    fine = F.interpolate(coarse, size=film.shape[-2:], mode="bicubic", align_corners=True)
    return rearrange(fine, "(b t) two h w -> b t two h w", b=len(film)).to(film)


def _through_bytes(film: Video, change: Callable[[np.ndarray], np.ndarray]) -> Video:
    """8-bit RGB frames (t h w c) of each film there and back."""
    coloured = film.expand(-1, -1, 3, -1, -1)
    levels = rearrange(((coloured + 1) * 127.5).round().clamp(0, 255).byte().cpu(), "b t c h w -> b t h w c").numpy()
    changed = torch.from_numpy(np.stack([np.ascontiguousarray(change(frames)) for frames in levels]))
    answer = rearrange(changed, "b t h w c -> b t c h w").to(film) / 127.5 - 1
    return answer.mean(dim=2, keepdim=True) if film.shape[2] == 1 else answer
