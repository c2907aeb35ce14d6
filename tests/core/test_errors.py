import math

import pytest

from kineograph.core.errors import UserError, at_least


def test_the_least_is_allowed_and_what_is_below_is_told():
    at_least(1, rollout__num_known=1)
    at_least(0.5, strength=math.inf, scale=0.5)
    with pytest.raises(UserError, match=r"^rollout\.num_known=0: 1 is the least$"):
        at_least(1, clip__num_frames=1, rollout__num_known=0)
    with pytest.raises(UserError, match="nan"):
        at_least(0, scale=math.nan)
