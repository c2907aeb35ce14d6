"""Randomness that belongs to the sample: one integer seed a clip, drawn on the CPU.

A sample's noise depends on its own seed alone, never on its batch, its rank or the device
(EDM2's StackedRandomGenerator does the same).
"""

import math
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor

MODULUS = 2**63 - 1


def mix(*numbers: int) -> int:
    """A well-spread 63-bit seed from any integers, the same on every machine (splitmix64 chained)."""
    state = 0x9E3779B97F4A7C15
    for number in numbers:
        state = (state ^ (number & 0xFFFFFFFFFFFFFFFF)) & 0xFFFFFFFFFFFFFFFF
        state = (state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 31
    return state % MODULUS


class Noise:
    """One random stream a sample; each call takes the next draw of every stream."""

    def __init__(self, seeds: list[int] | Int[Tensor, "b"], device: torch.device | str = "cpu"):
        self.seeds = [int(seed) for seed in seeds]
        self.device = torch.device(device)

    @cached_property
    def generators(self) -> list[torch.Generator]:
        """Made at the first draw: who only branches off pays for none."""
        return [torch.Generator().manual_seed(seed) for seed in self.seeds]

    @classmethod
    def at(cls, seed: int, first: int, batch: int, device: torch.device | str = "cpu") -> "Noise":
        """The streams of the samples at positions ``first .. first + batch`` of the run with this seed."""
        return cls([mix(seed, first + offset) for offset in range(batch)], device)

    def __len__(self) -> int:
        return len(self.seeds)

    def normal(self, *shape: int) -> Float[Tensor, "b ..."]:
        """Standard normal numbers, ``shape`` a sample."""
        return torch.stack([torch.randn(shape, generator=g) for g in self.generators]).to(self.device)

    def uniform(self, *shape: int) -> Float[Tensor, "b ..."]:
        """Uniform numbers in [0, 1), ``shape`` a sample."""
        return torch.stack([torch.rand(shape, generator=g) for g in self.generators]).to(self.device)

    def branch(self, tag: int) -> "Noise":
        """Independent streams of the same samples, for another purpose or another window."""
        return Noise([mix(seed, tag) for seed in self.seeds], self.device)

    def bernoulli(self, probability: float) -> Tensor:
        """True with this probability, one draw a sample, shape (b,)."""
        if math.isnan(probability) or not 0 <= probability <= 1:
            raise ValueError(f"a probability lies in [0, 1], not {probability}")
        return self.uniform() < probability
