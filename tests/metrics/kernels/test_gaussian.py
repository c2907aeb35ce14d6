import math

import pytest
import torch

from kineograph.core.errors import ConfigError
from kineograph.metrics.kernel_distance import kernel_distance
from kineograph.metrics.kernels.gaussian import Gaussian


def test_by_hand():
    x, y = torch.tensor([[0.0, 0.0, 5.0]]), torch.tensor([[3.0, 4.0, 6.0]])  # 5 apart in the first part, 1 in the other
    wanted = (math.exp(-25 / (2 * 2.0**2)) + math.exp(-1 / (2 * 0.5**2))) / 2
    assert Gaussian(sizes=[2, 1], widths=[2.0, 0.5])(x, y).item() == pytest.approx(wanted, rel=1e-6)


def test_a_normal_law_and_its_shift_in_closed_form():
    """Between N(0, 1) and N(m, 1) the squared discrepancy is 2 w / sqrt(w^2 + 2) (1 - exp(-m^2 / 2 (w^2 + 2)))."""
    draw = torch.Generator().manual_seed(0)
    x, y = (torch.randn(3000, 1, generator=draw, dtype=torch.float64) for _ in range(2))
    m, w = 1.5, 0.8
    wanted = 2 * w / math.sqrt(w**2 + 2) * (1 - math.exp(-(m**2) / (2 * (w**2 + 2))))
    found = kernel_distance(x, y + m, Gaussian(sizes=[1], widths=[w]))
    assert float(found) == pytest.approx(wanted, abs=0.02)


def test_the_discrepancy_is_the_mean_of_the_parts():
    draw = torch.Generator().manual_seed(1)
    x, y = (torch.randn(40, 5, generator=draw, dtype=torch.float64) for _ in range(2))
    y[:, 2:] += 1
    parts = [
        kernel_distance(x[:, :2], y[:, :2], Gaussian(sizes=[2], widths=[1.0])),
        kernel_distance(x[:, 2:], y[:, 2:], Gaussian(sizes=[3], widths=[2.0])),
    ]
    both = kernel_distance(x, y, Gaussian(sizes=[2, 3], widths=[1.0, 2.0]))
    torch.testing.assert_close(both, torch.stack(parts).mean())


def test_no_row_outweighs_the_others():
    x = torch.randn(20, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    odd = x.clone()
    odd[0] = 1e6
    assert abs(kernel_distance(x, odd, Gaussian(sizes=[2], widths=[1.0]))) < 0.3


def test_parts_must_fit():
    with pytest.raises(ConfigError, match="one width a part"):
        Gaussian(sizes=[1, 2], widths=[1.0])
    with pytest.raises(ConfigError, match="add up to 3; the extractor gives 2"):
        Gaussian(sizes=[1, 2], widths=[1.0, 1.0])(torch.zeros(1, 2), torch.zeros(1, 2))
