"""A sample's randomness is its own: no batch, rank or device enters."""

import math

import pytest
import torch

from kineograph.core.random import MODULUS, Noise, mix


def splitmix(state: int) -> int:
    """The published step (Steele et al. 2014), written out once more."""
    state = (state + 0x9E3779B97F4A7C15) % 2**64
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) % 2**64
    return state ^ (state >> 31)


def test_mix_is_chained_splitmix64():
    assert splitmix(0) == 0xE220A8397B1DCDAF  # the first output of splitmix64 seeded with 0, as published
    assert mix(0x9E3779B97F4A7C15) == 0xE220A8397B1DCDAF % MODULUS  # the chain starts there: the xor gives 0
    first = splitmix(0x9E3779B97F4A7C15 ^ 5)
    assert mix(5, 7) == splitmix(first ^ 7) % MODULUS


def test_mix_spreads():
    seeds = [mix(seed, position) for seed in range(20) for position in range(500)]
    assert len(set(seeds)) == len(seeds) and min(seeds) >= 0 and max(seeds) < MODULUS
    assert abs(sum(seeds) / len(seeds) / MODULUS - 0.5) < 0.02  # 0.289 / 100 a standard deviation
    assert mix(1, 2) != mix(2, 1) and mix(3) != mix(3, 0) and mix(-1) != mix(1)
    flipped = [bin(mix(seed) ^ mix(seed ^ 1)).count("1") for seed in range(300)]
    assert abs(sum(flipped) / 300 - 31.5) < 1.5  # one bit in, half of the bits out


def test_a_sample_does_not_depend_on_its_batch():
    together, alone = Noise([4, 5, 6]), Noise([6])
    for draw in (lambda noise: noise.normal(2, 3), lambda noise: noise.uniform(), lambda noise: noise.normal(4)):
        assert torch.equal(draw(together)[2:], draw(alone))


def test_positions_and_ranks():
    whole, second = Noise.at(9, 100, 8), Noise.at(9, 104, 4)
    assert whole.seeds[4:] == second.seeds == [mix(9, place) for place in range(104, 108)]
    assert torch.equal(whole.normal(3)[4:], second.normal(3))
    assert len(whole) == 8


def test_each_call_takes_the_next_draw():
    noise = Noise([1])
    first, second = noise.normal(1000), noise.normal(1000)
    assert not torch.equal(first, second)
    assert abs(float((first * second).mean())) < 4 / math.sqrt(1000)
    assert torch.equal(first, Noise([1]).normal(1000))


def test_moments():
    normal, uniform = Noise([2, 3]).normal(20_000), Noise([2, 3]).uniform(20_000)
    torch.testing.assert_close(normal.mean(1), torch.zeros(2), atol=0.03, rtol=0)  # 4 standard errors
    torch.testing.assert_close(normal.var(1), torch.ones(2), atol=0.04, rtol=0)
    torch.testing.assert_close(uniform.mean(1), torch.full((2,), 0.5), atol=0.01, rtol=0)
    torch.testing.assert_close(uniform.var(1), torch.full((2,), 1 / 12), atol=0.003, rtol=0)
    assert uniform.min() >= 0 and uniform.max() < 1


def test_branches_are_independent_streams():
    noise = Noise([7, 8])
    branch = noise.branch(1)
    assert not set(noise.seeds) & set(branch.seeds) and branch.seeds != noise.branch(2).seeds
    assert torch.equal(branch.normal(5), Noise([7, 8]).branch(1).normal(5))


def test_bernoulli():
    many = Noise(list(range(4000)))
    assert many.bernoulli(0.25).float().mean() == pytest.approx(0.25, abs=0.03)
    assert not Noise([1, 2]).bernoulli(0.0).any() and Noise([1, 2]).bernoulli(1.0).all()
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="a probability lies in"):
            many.bernoulli(wrong)
