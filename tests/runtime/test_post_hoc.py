import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from kineograph.core.errors import UserError
from kineograph.core.power_average import gamma_of
from kineograph.runtime.post_hoc import give_average, reconstruct


def average(images: float, gamma: float) -> torch.Tensor:
    """Of the path (t / 1000, (t / 1000)^2) under the profile, in closed form."""
    t = images / 1000
    return torch.tensor([[t * (gamma + 1) / (gamma + 2), t**2 * (gamma + 1) / (gamma + 3)]])


@pytest.fixture
def folder(tmp_path):
    for images in range(100, 1001, 100):
        for place, sigma_rel in enumerate((0.05, 0.1)):
            gamma = gamma_of(sigma_rel)
            path = tmp_path / f"images-{images:012d}-{place}.safetensors"
            state = {"denoiser.weight": average(images, gamma)}
            save_file(state, path, metadata={"images": str(images), "gamma": repr(gamma)})
    return tmp_path


@pytest.mark.parametrize("images", [None, 600])
@pytest.mark.parametrize("sigma_rel", [0.05, 0.07, 0.15])
def test_any_memory_at_any_time(folder, sigma_rel, images):
    made = reconstruct(folder, sigma_rel, images)["denoiser.weight"]
    expected = average(images or 1000, gamma_of(sigma_rel)).double()
    torch.testing.assert_close(made, expected, rtol=5e-3, atol=5e-3)


def test_the_animator_samples_with_it(folder):
    animator = nn.Module()
    animator.averaged = nn.ModuleDict({"denoiser": nn.Linear(2, 1, bias=False)})
    give_average(animator, folder, 0.1, None)
    expected = average(1000, gamma_of(0.1))
    torch.testing.assert_close(animator.averaged["denoiser"].weight.data, expected, rtol=1e-3, atol=1e-3)


def test_no_snapshots_and_a_damaged_one_are_told_in_one_line(folder, tmp_path):
    with pytest.raises(UserError, match="power_averages"):
        reconstruct(tmp_path / "nowhere", 0.1, None)
    for images in (50, 650, 1500):  # before, between and after them
        with pytest.raises(UserError, match=f"ema_images={images}: .* at 100, 200, .*, 1000 images; name one"):
            reconstruct(folder, 0.1, images)
    (folder / "images-000000000700-0.safetensors").write_bytes(b"cut off")
    with pytest.raises(UserError, match="damaged"):
        reconstruct(folder, 0.1, None)
