"""Near-duplicates and leaks with known truth, and what mixtures are told."""

import numpy as np

from kineograph.data.check.finding import Seen
from kineograph.data.check.look import watch
from kineograph.data.check.set_findings import duplicates, mixed, near_pairs, shared_groups, unequal_classes
from tests.data.check.bad_films import scene


def seen(seed: int, noise: int = 0, **changes: str) -> Seen:
    frames = scene(seed, 6).astype(int) + np.random.default_rng(99).integers(-noise, noise + 1, (6, 48, 48, 3))
    frames = np.clip(frames, 0, 255).astype(np.uint8)
    film = watch(((place / 12, frame) for place, frame in enumerate(frames)), f"{seed}+{noise}", lambda: None)
    return film._replace(**changes)


def test_near_pairs_are_exactly_the_noisy_copies():
    films = [seen(seed) for seed in range(12)] + [seen(seed, noise=4) for seed in (3, 7)]
    assert near_pairs(films) == [(3, 12), (7, 13)]
    plain = watch(enumerate(np.zeros((3, 9, 9, 3), np.uint8)), "plain", lambda: None)
    assert near_pairs([plain, plain]) == near_pairs([plain]) == []


def test_a_leak_is_an_error_and_a_twin_a_warning():
    train, copy = seen(1, split="train", group="a"), seen(1, noise=3, split="held_out", group="b")
    (finding,) = duplicates([train, copy, seen(2, split="held_out", group="c")])
    assert finding.severity == "error" and finding.file == "1+3" and "1+0, which is in train" in finding.what
    (finding,) = duplicates([train, copy._replace(split="train")])
    assert finding.severity == "warning" and "near-duplicate of 1+0" in finding.what
    assert duplicates([train, copy._replace(split="train", group="a")]) == []
    assert len(duplicates([train._replace(name=str(place), group="") for place in range(9)])) == 8


def test_a_group_in_two_splits():
    films = [Seen("a", group="g", split="train"), Seen("b", group="g", split="held_out"), Seen("c", group="h")]
    (finding,) = shared_groups(films)
    assert finding.severity == "error" and "group g is in 2 splits" in finding.what


def test_unequal_classes():
    films = [Seen(str(place), label="cat" if place else "dog") for place in range(11)]
    assert "10 films of cat, 1 of dog" in unequal_classes(films, "x")[0].what
    assert unequal_classes(films[:10], "x") == []


def test_mixed_rates_and_sizes():
    one, other = Seen("a", frames=2, fps=12, sizes=((8, 9),)), Seen("b", frames=2, fps=24, sizes=((8, 8),))
    rates, sizes = mixed([one, one, other], "x")
    assert "12 (2; a), 24 (1; b)" in rates.what and "9x8 (2; a), 8x8 (1; b)" in sizes.what
    assert mixed([one, one], "x") == []
