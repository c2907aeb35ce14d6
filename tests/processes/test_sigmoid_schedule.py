import pytest
import torch

from kineograph.processes.sigmoid_schedule import SigmoidSchedule


@pytest.mark.parametrize(("start", "end", "temperature"), [(-3.0, 3.0, 1.0), (0.0, 3.0, 0.7)])
def test_the_papers_gamma(start, end, temperature):
    schedule = SigmoidSchedule(start=start, end=end, temperature=temperature, last=1e-9)
    level = torch.linspace(0, 1, 11, dtype=torch.float64)
    low, high = (torch.tensor(x / temperature, dtype=torch.float64).sigmoid() for x in (start, end))
    gamma = (high - ((level * (end - start) + start) / temperature).sigmoid()) / (high - low)  # Algorithm 5
    torch.testing.assert_close((2 * schedule.log_alpha(level)).exp(), gamma.clamp_min(1e-9), rtol=1e-6, atol=1e-8)


def test_slope_is_the_derivative_and_the_ends_are_finite():
    schedule = SigmoidSchedule(start=-3.0, end=3.0, temperature=1.0, last=1e-5)
    level = torch.linspace(0.01, 0.99, 9, dtype=torch.float64)
    finite = (schedule.log_alpha(level + 1e-6) - schedule.log_alpha(level - 1e-6)) / 2e-6
    torch.testing.assert_close(schedule.log_alpha_slope(level), finite, rtol=1e-6, atol=1e-8)
    ends = schedule.log_alpha(torch.tensor([0.0, 1.0], dtype=torch.float64)).exp() ** 2
    torch.testing.assert_close(ends, torch.tensor([1.0, 1e-5], dtype=torch.float64), rtol=1e-9, atol=0)
