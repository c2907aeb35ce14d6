"""Every diffusion system has its three sizes; large ones have the parameters of the networks that they follow."""

import pytest
import torch

from kineograph.cli.compose import compose
from kineograph.core.build import build, conf_dir

NAMES = {path.stem for path in (conf_dir() / "experiment" / "diffusion").glob("*.yaml")}
CITED = {  # millions of parameters, and who tells
    "ddpm_original_paper": 35.7,  # DDPM, appendix B: the network for CIFAR10
    "edm_unet_paper": 55.7,  # EDM's DDPM++ for CIFAR-10
    "flow_dit_paper": 458,  # DiT-L, Table 1
    "flow_dit_small": 33,  # DiT-S, Table 1
    "latent_flow_dit_paper": 675,  # DiT-XL, Table 1, of which Latte-XL is made
    "latent_flow_dit_small": 33,
}


def test_tiny_small_and_paper():
    systems = {name for name in NAMES if not name.endswith(("_small", "_paper"))}
    assert {f"{system}{size}" for system in systems for size in ("", "_small", "_paper")} == NAMES


@pytest.mark.parametrize("name", CITED)
def test_the_parameters_that_are_cited(name):
    config = compose("train", [f"experiment=diffusion/{name}"], []).config
    with torch.device("meta"):
        network = build(config.animator.denoiser)
    count = sum(parameter.numel() for parameter in network.parameters()) / 1e6
    assert abs(count / CITED[name] - 1) < 0.02


@pytest.mark.parametrize("system", sorted(name for name in NAMES if not name.endswith(("_small", "_paper"))))
def test_sizes_grow(system):
    counts = []
    for size in ("", "_small", "_paper"):
        config = compose("train", [f"experiment=diffusion/{system}{size}"], []).config
        with torch.device("meta"):
            network = build(config.animator.denoiser)
        counts.append(sum(parameter.numel() for parameter in network.parameters()))
    assert counts[0] < counts[1] < counts[2]
