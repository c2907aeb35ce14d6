"""What may be wrong with films taken together: mixtures, near-duplicates, leaks between splits, unequal classes."""

from collections import Counter, defaultdict

import numpy as np

from kineograph.data.check.finding import ERROR, WARNING, Finding, Seen
from kineograph.data.check.look import HASH

SAME = 0.05  # share of hash bits by which near-duplicates may differ
UNEQUAL = 10  # times more films in the largest class than in the smallest
NAMED = 3  # files named in one line


def mixed(films: list[Seen], name: str) -> list[Finding]:
    """More than one rate, or more than one size."""
    rates = defaultdict(list)
    sizes = defaultdict(list)
    for film in films:
        if film.frames > 1 and film.fps:
            rates[f"{film.fps:.3g}"].append(film.name)
        if film.sizes:
            sizes[f"{film.sizes[0][1]}x{film.sizes[0][0]}"].append(film.name)
    findings = []
    for what, found, mend in (
        ("frames a second", rates, "prepare brings all to one rate; write them again where that is not meant"),
        ("sizes", sizes, "prepare brings all to one size; look whether the crop is meant"),
    ):
        if len(found) > 1:
            ordered = sorted(found.items(), key=lambda pair: -len(pair[1]))
            parts = [f"{value} ({len(names)}; {names[0]})" for value, names in ordered[:NAMED]]
            more = f" and {len(ordered) - NAMED} more" if len(ordered) > NAMED else ""
            findings.append(Finding(WARNING, name, f"mixed {what}: {', '.join(parts)}{more}", mend))
    return findings


def near_pairs(films: list[Seen]) -> list[tuple[int, int]]:
    """Pairs of films (by place) whose hashes are almost equal, each pair once."""
    places = [place for place, film in enumerate(films) if film.hashes]
    if len(places) < 2:
        return []
    width = HASH * HASH // 8
    rows = [b"".join(bits.to_bytes(width, "big") for bits in films[place].hashes) for place in places]
    codes = np.frombuffer(b"".join(rows), dtype=np.uint64).reshape(len(rows), -1)
    limit = SAME * codes.shape[1] * 64
    pairs = []
    for place in range(len(codes) - 1):
        apart = np.bitwise_count(codes[place + 1 :] ^ codes[place]).sum(axis=1, dtype=np.int64)
        pairs += [(places[place], places[place + 1 + other]) for other in np.flatnonzero(apart <= limit)]
    return pairs


def duplicates(films: list[Seen]) -> list[Finding]:
    """Films that look alike: an error where one is trained on and the other held out. Each film is told once."""
    leaks, twins = {}, {}
    for one, other in near_pairs(films):
        a, b = films[one], films[other]
        if a.split and b.split and a.split != b.split:
            what = f"leak: looks the same as {a.name}, which is in {a.split}; this one in {b.split}"
            leaks.setdefault(b.name, Finding(ERROR, b.name, what, "delete one, or keep both in one split (one group)"))
        elif not a.group or a.group != b.group:
            mend = "delete one, or keep both in one group, else they may fall into different splits"
            twins.setdefault(b.name, Finding(WARNING, b.name, f"near-duplicate of {a.name}", mend))
    return list((twins | leaks).values())


def shared_groups(films: list[Seen]) -> list[Finding]:
    """Groups of which some films are trained on and some held out."""
    splits = defaultdict(dict)
    for film in films:
        if film.group:
            splits[film.group].setdefault(film.split, film.name)
    return [
        Finding(ERROR, found[max(found)], f"group {group} is in {len(found)} splits: {', '.join(sorted(found))}", REDO)
        for group, found in splits.items()
        if len(found) > 1
    ]


REDO = "delete the store and prepare it again"


def unequal_classes(films: list[Seen], name: str) -> list[Finding]:
    """Classes of very unequal size."""
    counts = Counter(film.label for film in films if film.label).most_common()
    if len(counts) < 2 or counts[0][1] < UNEQUAL * counts[-1][1]:
        return []
    (largest, most), (smallest, fewest) = counts[0], counts[-1]
    what = f"class imbalance: {most} films of {largest}, {fewest} of {smallest}"
    return [Finding(WARNING, name, what, "add films of the small class, or draw the classes equally often")]


def of_set(films: list[Seen], name: str) -> list[Finding]:
    """Everything that is wrong with these films together."""
    return [*mixed(films, name), *duplicates(films), *shared_groups(films), *unequal_classes(films, name)]
