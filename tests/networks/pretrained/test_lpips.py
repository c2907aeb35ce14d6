"""Our perceptual distance beside the reference implementation of LPIPS, on one backbone of random weights."""

import warnings

import lpips
import torch

from kineograph.networks.pretrained.squeeze11_distance import _Layers


def test_equals_the_reference_without_its_learned_weights():
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks torchvision for networks in a way that torchvision has given up
        torch.manual_seed(0)
        reference = lpips.LPIPS(net="squeeze", lpips=False, pnet_rand=True, verbose=False).eval()
    slices = [getattr(reference.net, f"slice{number}") for number in range(1, 8)]
    ours = _Layers(torch.nn.Sequential(*(layer for part in slices for layer in part))).eval()
    generator = torch.Generator().manual_seed(1)
    one, two = (torch.rand(3, 3, 64, 64, generator=generator) * 2 - 1 for _ in range(2))
    with torch.no_grad():
        theirs = reference(one, two).flatten()
        rows = [ours(reference.scaling_layer(pictures)) for pictures in (one, two)]
        mine = (rows[0] - rows[1]).square().sum(dim=1)
    assert (theirs > 0.01).all()
    torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-7)
