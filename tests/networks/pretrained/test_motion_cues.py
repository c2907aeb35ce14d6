"""The shipped reader of motion: what it must not see, and that each damage it names raises its own cue."""

import math

import pytest
import torch

from kineograph.cli.compose import compose
from kineograph.core.build import build
from kineograph.core.random import Noise
from kineograph.metrics.damages import DAMAGES, num_dense, played
from kineograph.networks.pretrained.cue_reader import CUES, LEAST
from kineograph.networks.pretrained.motion_cues import AMOUNT, LAGS, SLOPE, MotionCues


@pytest.fixture(scope="module")
def dense():
    """Held-out shapes, which it never saw, drawn at twice the rate."""
    shape = [f"clip.num_frames={num_dense(16)}", "clip.fps=24", "clip.height=64", "clip.width=64"]
    data = build(compose("train", ["data=moving_shapes", "data.source.num_clips=288", *shape], []).config.data)
    clips = list(data.held_out_loader(16, num_clips=48))
    return torch.cat([clip.video for clip in clips])


@pytest.fixture(scope="module")
def cues():
    return MotionCues()


def test_looks_say_nothing(cues, dense):
    film = played(dense, 1.0)
    expected = cues(film)
    assert expected.shape == (len(film), MotionCues.feature_dim) and expected.isfinite().all()
    torch.testing.assert_close(cues(0.5 * film - 0.2), expected, rtol=1e-3, atol=1e-3)  # contrast and brightness
    grey = torch.einsum("b t c h w, c -> b t h w", film, torch.tensor([0.299, 0.587, 0.114]))[:, :, None]
    torch.testing.assert_close(cues(grey), expected, rtol=1e-3, atol=1e-3)  # colour


def test_a_clip_does_not_depend_on_its_batch(cues, dense):
    film = played(dense, 1.0)
    torch.testing.assert_close(cues(film[:1].clone()), cues(film)[:1], rtol=1e-3, atol=1e-3)


def test_the_course_of_motion_by_hand(cues):
    """A picture that changes by the same amount each step, then by nothing: amounts by lag, and a falling slope."""
    steps = [0.0, 0.1, 0.2, 0.3, 0.3, 0.3]
    plane = torch.zeros(1, 6, 1, 64, 64)
    plane[..., :32] = torch.tensor(steps)[None, :, None, None, None]  # half of the picture brightens
    spread = plane.std()
    told = cues(plane)[0, len(CUES) :]

    def change(lag: int) -> list[float]:
        jumps = [later - earlier for earlier, later in zip(steps, steps[lag:], strict=False)]
        return [math.log1p(jump * math.sqrt(0.5) / float(spread) / LEAST) for jump in jumps]

    wanted = [AMOUNT * sum(change(lag)) / len(change(lag)) for lag in LAGS]
    time = [(place + 1) / 6 - 0.5 for place in range(5)]
    wanted.append(SLOPE * sum(a * b for a, b in zip(change(1), time, strict=True)) / 5)
    assert told.tolist() == pytest.approx(wanted, rel=1e-3)
    assert wanted[-1] < 0


def test_running_backward_turns_the_slope_round(cues, dense):
    film = played(dense, 1.0)
    forward, backward = cues(film)[:, len(CUES) :], cues(film.flip(1))[:, len(CUES) :]
    torch.testing.assert_close(backward[:, :-1], forward[:, :-1], rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(backward[:, -1], -forward[:, -1], rtol=1e-3, atol=1e-2)


# these shapes move alike in both directions of time, so whole films run backward are left out
@pytest.mark.parametrize("name", [name for name in CUES if name != "reverse"])
def test_a_damage_raises_its_own_cue(cues, dense, name):
    noise = Noise(list(range(len(dense))))
    harmed = DAMAGES[name].apply(dense, DAMAGES[name].strengths[-1], noise)
    risen = (cues(harmed) - cues(played(dense, 1.0)))[:, CUES.index(name)]
    assert risen.mean() > 2 * risen.std() / len(dense) ** 0.5


def test_small_enough_to_ship(cues):
    assert cues.path.stat().st_size <= 2e6
