"""Several evaluations of one animator as one row: mean, and mean -+ one standard deviation, as DIGAN reports its FVD.

Yu et al., "Generating videos with dynamics-aware implicit GANs", arXiv:2202.10571, section 4.1.
"""

import math
from statistics import fmean, stdev

ENDS = ("low", "high")


def over_trials(trials: list[dict[str, float]]) -> dict[str, float]:
    """A single trial stays as it is, with its own intervals; of several, the intervals are the trials' spread."""
    if len(trials) == 1:
        return trials[0]
    ends = {f"{name}_{end}" for name in trials[0] for end in ENDS}
    row: dict[str, float] = {}
    for name in trials[0]:
        if name not in ends:
            values = [trial[name] for trial in trials]
            middle = fmean(values)
            spread = stdev(values) if math.isfinite(middle) else math.nan  # a metric without a value has none
            row |= {name: middle, f"{name}_low": middle - spread, f"{name}_high": middle + spread}
    return row
