import subprocess
import sys
from functools import partial

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.random import Noise
from kineograph.core.types import Condition
from kineograph.core.warp import keep_known
from kineograph.networks.continuous_generator import ContinuousGenerator
from kineograph.networks.mocogan import Mocogan
from kineograph.procedures.endless import Endless
from kineograph.runtime.cost import cost
from tests.procedures.imagined import Imagined

MEASURED = """
import resource, sys, torch
torch.set_num_threads(1)
from kineograph.cli.compose import compose
from kineograph.core.build import build
from kineograph.core.random import Noise
from kineograph.core.types import Condition
from kineograph.procedures.endless import Endless
animator = build(compose("train", ["experiment=gan/stylegan_v"], []).config.animator)
endless = Endless(animates=animator, num_frames=16)
def peak(frames):
    condition = Condition(torch.zeros(1, frames, 3, 32, 32), torch.zeros(1, frames, 1, 32, 32),
        (torch.arange(frames) / 12)[None], torch.tensor([-1]), torch.zeros(1, 8, 32),
        torch.zeros(1, 8, dtype=torch.bool), torch.tensor([torch.nan]))
    with torch.no_grad():
        film = endless.animate(condition, Noise([1]))
    assert film.shape[1] == frames and film.isfinite().all()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(peak(64), peak(512))
"""


def small_stylegan_v():
    """Imagined, with a small generator on continuous time in the place of the closed form."""
    generator = ContinuousGenerator(
        channels=3, height=16, width=16, content_dim=8, style_dim=8, mapping_depth=1, motion_dim=16, num_waves=8,
        distance=1.0, shortest=0.5, longest=8.0, num_classes=2, text_dim=4, dims=[16, 8], known_dim=4,
    )  # fmt: skip
    animator = Imagined()
    animator.codes = generator.sample_latent
    animator.film = lambda condition, codes: generator(condition, codes).video
    return animator


def told(frames: int) -> Condition:
    return Condition(
        torch.zeros(1, frames, 3, 16, 16), torch.zeros(1, frames, 1, 16, 16), (torch.arange(frames) / 12)[None],
        torch.tensor([-1]), torch.zeros(1, 1, 4), torch.zeros(1, 1, dtype=torch.bool), torch.tensor([torch.nan]),
    )  # fmt: skip


def test_windows_of_a_continuous_generator_are_its_film():
    animator = small_stylegan_v()
    whole = animator.film(told(40), animator.codes(told(40), Noise([3]))).clamp(-1, 1)
    torch.testing.assert_close(Endless(animates=animator, num_frames=7).animate(told(40), Noise([3])), whole)


def test_the_parts_are_the_film(condition):
    film = Endless(animates=Imagined(), num_frames=3).animate(condition, Noise([1, 2, 3]))
    torch.testing.assert_close(film, Imagined().animate(condition, Noise([1, 2, 3])))


def test_frames_that_hang_together_are_refused(condition):
    class Mean(Imagined):
        def film(self, condition, codes):
            film = super().film(condition, codes)
            return film - film.mean(dim=1, keepdim=True)

    for num_frames in (1, 2, 3):  # of 4
        with pytest.raises(UserError, match="rolled_out"):
            Endless(animates=Mean(), num_frames=num_frames).animate(condition, Noise([1, 2, 3]))
    whole = Endless(animates=Mean(), num_frames=1).animate(condition._replace(**first(condition)), Noise([1, 2, 3]))
    assert whole.shape[1] == 1  # nothing to hang together with


def first(condition):
    return {name: getattr(condition, name)[:, :1] for name in ("known", "mask", "times")}


def test_512_frames_keep_more_tensors_alive_than_64_by_the_film_alone():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        endless = Endless(animates=small_stylegan_v(), num_frames=16)
    short, long = (cost(endless, [], told(frames), Noise([1])).peak_mib for frames in (64, 512))
    film = (512 - 64) * 3 * 16 * 16 * 4 / 2**20  # MiB
    assert long - short < 1.05 * film + 0.1, (short, long, film)


@pytest.mark.slow
def test_512_frames_need_more_memory_than_64_by_their_own_size_only():
    done = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)
    short, long = map(float, done.stdout.split())
    frames = (512 - 64) * (2 * 3 + 1) * 32 * 32 * 4 / 2**20  # known, mask and film, MiB
    assert long - short < 1.5 * frames + 4, (short, long, frames)


def test_frames_given_anywhere_are_shown_with_every_part():
    animator, given = small_stylegan_v(), told(20)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        known, mask = given.known.clone(), given.mask.clone()
        known[:, [0, 19]] = torch.rand(1, 2, 3, 16, 16)
        mask[:, [0, 19]] = 1
    given = given._replace(known=known, mask=mask)
    codes = animator.codes(given, Noise([3]))
    whole = keep_known(animator.film(given, codes).clamp(-1, 1), given)
    torch.testing.assert_close(Endless(animates=animator, num_frames=8).animate(given, Noise([3])), whole)


def test_codes_of_each_frame_are_refused():
    cell = partial(torch.nn.GRU, hidden_size=8, batch_first=True)
    generator = Mocogan(
        channels=3, height=16, width=16, content_dim=8, motion_dim=4, num_classes=2, text_dim=4, dims=[8, 8],
        known_dim=4, cell=cell,
    )  # fmt: skip
    animator = Imagined()
    animator.codes = generator.sample_latent
    animator.film = lambda condition, codes: generator(condition, codes).video
    with pytest.raises(UserError, match="rolled_out"):
        Endless(animates=animator, num_frames=4).animate(told(10), Noise([1]))


def test_too_little_memory_is_no_frame_that_hangs_together(condition):
    class Large(Imagined):
        def film(self, condition, codes):
            raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        Endless(animates=Large(), num_frames=2).animate(condition, Noise([1, 2, 3]))
