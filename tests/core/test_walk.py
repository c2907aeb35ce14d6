import torch

from kineograph.core.walk import level_at
from kineograph.processes.edm import Edm
from kineograph.processes.rectified_flow import RectifiedFlow

PLACES = torch.tensor([1.0, 0.75, 0.5, 0.001, 0.0], dtype=torch.float64)


def test_a_shifted_flow_by_its_equation():
    flow = RectifiedFlow(location=0.0, scale=1.0, smallest=1e-3, shift=3.0)
    torch.testing.assert_close(level_at(flow, PLACES), 3 * PLACES / (1 + 2 * PLACES), atol=1e-5, rtol=0)


def test_noise_in_edms_own_measure():
    """Karras et al. 2022, equation 5; its last step goes from sigma_min to none."""
    edm = Edm(location=-1.2, scale=1.2, data_std=0.5, sigma_min=0.002, sigma_max=80.0, rho=7.0)
    found = level_at(edm, PLACES)
    torch.testing.assert_close(found[[0, 4]], torch.tensor([80.0, 0.0], dtype=torch.float64))
    middle = (0.5 * (80 ** (1 / 7) + 0.002 ** (1 / 7))) ** 7
    torch.testing.assert_close(found[2], torch.tensor(middle, dtype=torch.float64), rtol=1e-2, atol=0)
