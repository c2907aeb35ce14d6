"""A film of a path through the codes: every frame another mixture of a few films (great circles: White 2016,
arXiv 1609.04468, section 3.1)."""

import math

import torch
from jaxtyping import Shaped
from torch import Tensor

from kineograph.core.errors import UserError
from kineograph.core.protocols import Animates, Imagines
from kineograph.core.random import Noise
from kineograph.core.types import Condition, Video

STOP = 1  # branches of the noise: one a stop


class LatentWalk:
    """Frame t is frame t of the film whose codes lie at t / (T - 1) of the way from stop to stop.

    ``walks``: the codes that go (content, motion; with named ones all of theirs, categories at half way); the others
    stay those of the first stop. Each frame costs a whole film. With ``hold`` every frame
    is the film's first, so that the path alone is seen. ``closed`` paths end where they began. Given pixels are shown
    to the animator, and only where it shows them itself.
    """

    def __init__(self, *, animates: Animates, num_stops: int, walks: list[str], hold: bool, closed: bool):
        if not isinstance(animates, Imagines):
            raise UserError("procedure=latent_walk is for animators that make films from codes, as GANs do")
        if num_stops < 2 or not walks or not {*walks} <= {"content", "motion"}:
            raise UserError(
                f"procedure: num_stops={num_stops}, walks={walks}; a walk has 2 stops or more, and content or motion go"
            )
        self.animates = animates
        self.num_stops = num_stops
        self.walks = walks
        self.hold = hold
        self.closed = closed

    def animate(self, condition: Condition, noise: Noise) -> Video:
        stops = [self.animates.codes(condition, noise.branch(STOP + stop)) for stop in range(self.num_stops)]
        stops += stops[:1] if self.closed else []
        frames = []
        for place in range(condition.num_frames):  # one at a time: the memory of one film
            way = place / max(1, condition.num_frames - 1) * (len(stops) - 1)
            left = min(int(way), len(stops) - 2)
            pair = stops[left], stops[left + 1]
            going = [name for name in stops[0]._fields if name.startswith(tuple(self.walks))]
            here = {name: between(*(getattr(stop, name) for stop in pair), way - left) for name in going}
            film = self.animates.film(condition, stops[0]._replace(**here)).clamp(-1, 1)
            frames.append(film[:, 0 if self.hold else place])
        return torch.stack(frames, dim=1)


def between(one: Shaped[Tensor, "b *d"], other: Shaped[Tensor, "b *d"], share: float) -> Shaped[Tensor, "b *d"]:
    """On the great circle from one vector to the other, its length between theirs; a straight line where they align.

    Of whole numbers, which name categories, the nearer.
    """
    if one[0].numel() == 0:
        return one
    if not one.is_floating_point():
        return one if share < 0.5 else other
    first, second = one.flatten(1), other.flatten(1)
    lengths = first.norm(dim=1, keepdim=True), second.norm(dim=1, keepdim=True)
    ends = [vector / length.clamp(min=1e-8) for vector, length in zip((first, second), lengths, strict=True)]
    angle = (ends[0] * ends[1]).sum(dim=1, keepdim=True).clamp(-1, 1).acos()
    flat = (angle < 1e-4) | (angle > math.pi - 1e-4)
    sine = torch.where(flat, torch.ones_like(angle), angle.sin())
    arc = ((1 - share) * angle).sin() / sine * ends[0] + (share * angle).sin() / sine * ends[1]
    straight = (1 - share) * first + share * second
    round_ = arc * ((1 - share) * lengths[0] + share * lengths[1])
    return torch.where(flat, straight, round_).reshape(one.shape)
