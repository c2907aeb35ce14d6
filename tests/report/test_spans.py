"""What is said of the numbers beside a value is what they are."""

from kineograph.report.spans import beneath, plus_minus
from tests.report.results import CARD, row

FIVE = {"protocol": CARD | {"num_trials": 5}}


def test_a_single_seed_and_trial_has_an_interval():
    rows = [row("gan"), row("real", "reference")]
    assert beneath(rows) == "Beneath each value stands its 95 % interval, by the bootstrap over groups of clips."
    assert plus_minus(rows) == "± is how far the 95 % interval reaches upwards."


def test_frechet_distances_have_the_jackknifes():
    one = row("gan")
    one["metrics"] |= {"fid": 9.0, "fid_low": 8.0, "fid_high": 10.0, "fd_dinov2": 1.0, "fid_infinity": 8.5}
    assert beneath([one]).endswith("over groups of clips (fid: by the jackknife).")


def test_trials_and_seeds_are_told_apart():
    trials = "Beneath each value stands the mean less and plus one standard deviation over 5 trials."
    assert beneath([row("gan", **FIVE)]) == trials
    assert plus_minus([row("gan", seeds=3)]) == "± is one standard deviation over seeds."
    mixed = [row("gan", seeds=3), row("old", seeds=1), row("real", "reference")]
    told = "one standard deviation over seeds; where there is one seed (as of references), "
    assert plus_minus(mixed) == f"± is {told}how far the 95 % interval reaches upwards."
    assert f"{told}its 95 % interval, by the bootstrap" in beneath(mixed)
    both = [row("gan", seeds=3, **FIVE), row("real", "reference", **FIVE)]
    assert plus_minus(both).endswith("(as of references), one standard deviation over 5 trials.")
