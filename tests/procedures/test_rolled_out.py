import torch

from kineograph.core.random import Noise
from kineograph.procedures.rolled_out import RolledOut
from kineograph.rollouts.overlap import Overlap
from tests.procedures.imagined import Imagined


def test_windows_are_told_what_came_before(condition):
    seen = []

    class Watched(Imagined):
        def animate(self, condition, noise):
            seen.append(condition)
            return super().animate(condition, noise)

    long = condition._replace(
        known=torch.nn.functional.pad(condition.known, (0, 0, 0, 0, 0, 0, 0, 3)),
        mask=torch.nn.functional.pad(condition.mask, (0, 0, 0, 0, 0, 0, 0, 3)),
        times=(torch.arange(7) / 12).expand(3, 7),
    )
    film = RolledOut(animates=Watched(), rollout=Overlap(num_frames=4, num_known=1)).animate(long, Noise([1, 2, 3]))
    assert film.shape[1] == 7 and len(seen) == 2
    assert torch.equal(seen[1].known[:, 0], film[:, 3])
