import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.core.protocols import Process
from kineograph.core.random import Noise
from kineograph.processes.edm import Edm
from kineograph.processes.edm_weight import EdmWeight
from kineograph.processes.gaussian import spread
from kineograph.processes.logit_normal_draw import LogitNormalDraw
from kineograph.processes.min_snr_weight import MinSnrWeight
from kineograph.processes.mode_draw import ModeDraw
from kineograph.processes.per_frame import PerFrame
from kineograph.processes.recipe import Recipe
from kineograph.processes.rectified_flow import RectifiedFlow
from kineograph.processes.uniform_draw import UniformDraw
from kineograph.processes.uniform_weight import UniformWeight
from kineograph.processes.wrapped import Wrapped
from kineograph.samplers.heun import Heun

FLOW = RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=1.0)
EDM = Edm(location=-1.2, scale=1.2, data_std=0.5, sigma_min=0.002, sigma_max=80.0, rho=7.0)
LEVEL = torch.tensor([[0.1, 0.4], [0.7, 0.95]])


@pytest.mark.parametrize("process", [FLOW, EDM])
def test_without_changes_it_is_the_process_to_the_bit(process, condition):
    recipe = Recipe(process=process, draw=None, weighting=None)
    assert isinstance(recipe, Wrapped)
    clean, noise = torch.randn(2, *condition.known.shape)
    level = process.sample_level(Noise([1, 2]), 3)
    assert torch.equal(recipe.sample_level(Noise([1, 2]), 3), level)
    assert torch.equal(recipe.weight(level), process.weight(level))
    noisy = process.corrupt(clean, noise, level)
    assert torch.equal(recipe.corrupt(clean, noise, level), noisy)
    assert torch.equal(recipe.velocity(noisy, clean, level), process.velocity(noisy, clean, level))
    assert torch.equal(recipe.levels(5), process.levels(5))
    answers = [p.denoise(lambda x, *_: x.sin(), noisy, level, condition) for p in (recipe, process)]
    assert torch.equal(*answers)


def levels(draw) -> torch.Tensor:
    drawn = Recipe(process=FLOW, draw=draw, weighting=None).sample_level(Noise.at(0, 0, 4000), 2)
    assert torch.equal(drawn[:, 0], drawn[:, 1])
    alone = Recipe(process=FLOW, draw=draw, weighting=None).sample_level(Noise.at(0, 7, 1), 2)
    torch.testing.assert_close(drawn[7:8], alone)
    return drawn[:, 0].double()


def test_uniform_levels():
    drawn = levels(UniformDraw(lowest=0.2, highest=0.6)).sort().values
    even = torch.linspace(0.2, 0.6, 4000, dtype=torch.float64)
    assert (drawn - even).abs().max() < 0.02  # the largest distance between the distribution functions


def test_logit_normal_levels():
    logit = levels(LogitNormalDraw(location=0.5, scale=2.0, lowest=1e-6)).logit()
    assert abs(logit.mean() - 0.5) < 0.1
    assert abs(logit.std() - 2) < 0.1


@pytest.mark.parametrize("scale", [-0.9, 0.0, 1.29])
def test_mode_levels(scale):
    drawn = levels(ModeDraw(scale=scale, lowest=0.0)).sort().values
    u = torch.linspace(1, 0, 4000, dtype=torch.float64)
    quantiles = 1 - u - scale * ((torch.pi * u / 2).cos() ** 2 - 1 + u)
    assert (drawn - quantiles).abs().max() < 0.04
    middle = ((drawn > 0.4) & (drawn < 0.6)).double().mean()
    assert (middle > 0.2) == (scale > 0) or scale == 0


def test_a_draw_is_shifted_and_scaled_as_the_levels_of_sampling_are():
    """What training draws evenly are the levels that sampling walks, whatever the process measures them in."""
    draw, places = UniformDraw(lowest=0.0, highest=1.0), torch.linspace(1, 0, 4001, dtype=torch.float64)
    for process in (RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=3.0), EDM):
        drawn = Recipe(process=process, draw=draw, weighting=None).sample_level(Noise.at(0, 0, 4000), 1)[:, 0]
        walked = process.levels(4000)[:-1].flip(0)
        found = torch.searchsorted(walked, drawn.double().sort().values) / 4000  # how far along, by sampling's levels
        assert (found - places[:-1].flip(0)).abs().max() < 0.03
    flow = RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=3.0)
    half = Recipe(process=flow, draw=UniformDraw(lowest=0.5, highest=0.5), weighting=None)
    torch.testing.assert_close(half.sample_level(Noise([1]), 1), torch.tensor([[0.75]]))  # Eq. 23 by hand


def test_a_mode_that_is_no_distribution_is_refused():
    with pytest.raises(UserError, match="scale=2"):
        ModeDraw(scale=2.0, lowest=0.0)


def test_uniform_weight():
    assert torch.equal(Recipe(process=FLOW, draw=None, weighting=UniformWeight()).weight(LEVEL), torch.ones(2, 2))


def test_min_snr_weight_by_hand():
    weight = Recipe(process=FLOW, draw=None, weighting=MinSnrWeight(gamma=5.0)).weight(LEVEL)
    expected = torch.tensor([[5.0, (0.6 / 0.4) ** 2], [(0.3 / 0.7) ** 2, (0.05 / 0.95) ** 2]])
    torch.testing.assert_close(weight, expected)


def test_edm_weight_is_edms_own_on_edm_and_serves_other_processes():
    weighting = EdmWeight(data_std=0.5, smallest=0.002)
    torch.testing.assert_close(Recipe(process=EDM, draw=None, weighting=weighting).weight(LEVEL), EDM.weight(LEVEL))
    ratio = LEVEL / (1 - LEVEL)
    flow = Recipe(process=FLOW, draw=None, weighting=weighting).weight(LEVEL)
    torch.testing.assert_close(flow, (ratio**2 + 0.25) / (ratio * 0.5) ** 2)
    assert Recipe(process=FLOW, draw=None, weighting=weighting).weight(torch.zeros(1)).isfinite().all()


class Quarter:
    """A process as the protocol has it, and no more: a quarter turn from clip to noise, levels in radians."""

    def sample_level(self, noise, num_frames):
        return (noise.uniform() * torch.pi / 2)[:, None].expand(-1, num_frames)

    def alpha(self, level):
        return level.cos()

    def sigma(self, level):
        return level.sin()

    def corrupt(self, clean, noise, level):
        turn = spread(level, clean)
        return turn.cos() * clean + turn.sin() * noise

    def velocity(self, noisy, clean, level):
        turn = spread(level, noisy)
        return (turn.cos() * noisy - clean) / turn.sin()  # -sin clean + cos noise, the noise read off the noisy clip

    def denoise(self, denoiser, noisy, level, condition):
        return denoiser(noisy, level, condition)

    def shown_level(self, level, condition):
        return level

    def weight(self, level):
        return torch.ones_like(level)

    def levels(self, num_steps):
        return torch.linspace(torch.pi / 2, 0, num_steps + 1, dtype=torch.float64)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda process: Recipe(process=process, draw=UniformDraw(lowest=0.2, highest=1.0), weighting=UniformWeight()),
        lambda process: PerFrame(process=process, stabilisation=0.1),
    ],
)
def test_a_process_that_is_no_gaussian_is_wrapped_trained_and_walked_back(wrap, condition):
    assert isinstance(Quarter(), Process)
    process, clean = wrap(Quarter()), torch.randn_like(condition.known)
    condition = condition._replace(known=torch.zeros_like(clean), mask=torch.zeros_like(condition.mask))
    level = process.sample_level(Noise([1, 2]), 3)
    noisy = process.corrupt(clean, torch.randn_like(clean), level)
    assert process.weight(process.shown_level(level, condition)).shape == level.shape
    seen = process.denoise(lambda *_: clean, noisy, level, condition)
    torch.testing.assert_close(seen, clean)
    film = Heun(num_steps=60)(process, lambda *_: clean, torch.randn_like(clean), Noise([1, 2]))
    torch.testing.assert_close(film, clean, atol=1e-2, rtol=0)
