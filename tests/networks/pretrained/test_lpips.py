"""LPIPS, and our distance without its learned weights, beside the reference implementation on random backbones."""

import warnings

import lpips
import pytest
import torch
from omegaconf import OmegaConf
from torchvision import models

from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.metrics.protocol import named
from kineograph.networks.pretrained.lpips import BACKBONES, Lpips
from kineograph.networks.pretrained.perceptual_distance import PerceptualDistance
from kineograph.networks.pretrained.squeeze11_distance import TAPS
from kineograph.networks.pretrained.unit_rows import UnitRows

SMALL = ("alex", "squeeze")  # vgg has another list of taps alone


def reference_of(network, learned):
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks torchvision for networks in a way that torchvision has given up
        torch.manual_seed(0)
        return lpips.LPIPS(net=network, lpips=learned, pnet_rand=True, verbose=False).eval()


def layers_of(reference):
    slices = [part for name, part in reference.net.named_children() if name.startswith("slice")]
    return torch.nn.Sequential(*(layer for part in slices for layer in part))


def levels(seed, count=3, size=64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, size, size), generator=generator).float()


@pytest.fixture
def files(tmp_path):
    """Writes the reference's random backbone as torchvision would."""

    def write(reference, network):
        path = tmp_path / f"{network}.pth"
        state = {f"features.{key}": value for key, value in layers_of(reference).state_dict().items()}
        torch.save(state | {"classifier.1.bias": torch.zeros(3)}, path)
        return str(path)

    return write


def ours(weights, network, **changes) -> PerceptualDistance:
    settings = {"expected_sha256": None, "heads": None, "size": None, "batch_size": 2}
    return Lpips(network=network, weights=weights, **settings | changes)


def test_without_the_learned_weights():
    reference = reference_of("squeeze", False)
    rows = UnitRows(layers_of(reference), TAPS, None).double()
    one, two = (levels(seed).double() / 127.5 - 1 for seed in (1, 2))
    with torch.no_grad():
        theirs = reference.double()(one, two).flatten()
        mine = (rows(reference.scaling_layer(one)) - rows(reference.scaling_layer(two))).square().sum(dim=1)
    assert (theirs > 0.01).all()
    torch.testing.assert_close(mine, theirs, rtol=1e-6, atol=0)


@pytest.mark.parametrize("network", SMALL)
def test_with_them(network, files):
    reference = reference_of(network, True)
    distance = ours(files(reference, network), network)
    assert distance.name == f"lpips_{network}_with_unofficial_weights"
    one, two = levels(1), levels(2)
    video = torch.stack([one, two], dim=1) / 127.5 - 1  # three films of two frames
    with torch.no_grad():
        theirs = reference(one / 127.5 - 1, two / 127.5 - 1).flatten()
    torch.testing.assert_close(distance(video)[:, 0], theirs, rtol=1e-5, atol=0)
    torch.testing.assert_close(distance.apart(video[:, :1], video[:, 1:])[:, 0], theirs, rtol=1e-5, atol=0)
    rows = distance.load().double()  # exactly, without the rounding of single precision
    with torch.no_grad():
        exact = reference.double()(one.double() / 127.5 - 1, two.double() / 127.5 - 1).flatten()
        mine = (rows(distance.prepare(one.double())) - rows(distance.prepare(two.double()))).square().sum(dim=1)
    assert (exact > 1e-4).all()
    torch.testing.assert_close(mine, exact, rtol=1e-6, atol=0)


@pytest.mark.parametrize("network", BACKBONES)
def test_taps_are_the_references_slices(network):
    """Each of its slices ends with the layer that is read."""
    reference = reference_of(network, True)
    ends = [len(part) for name, part in reference.net.named_children() if name.startswith("slice")]
    assert tuple(torch.tensor(ends).cumsum(0).sub(1).tolist()) == BACKBONES[network].taps
    with torch.device("meta"):
        layers = models.get_model(BACKBONES[network].model, weights=None).features
    assert [str(layer) for layer in layers[: sum(ends)]] == [str(layer) for layer in layers_of(reference)]


def test_it_is_named_after_both_files(files, tmp_path):
    reference = reference_of("alex", True)
    weights = files(reference, "alex")
    heads = tmp_path / "heads.pth"
    torch.save(
        {f"lin{place}.model.1.weight": head.model[1].weight * 2 for place, head in enumerate(reference.lins)}, heads
    )
    one, two = ours(weights, "alex"), ours(weights, "alex", heads=str(heads))
    assert one.sha256 != two.sha256 and named(one) == "lpips_alex_with_unofficial_weights network=alex"
    video = levels(3, 4, 32).reshape(2, 2, 3, 32, 32) / 127.5 - 1
    torch.testing.assert_close(two(video), 2 * one(video), rtol=1e-5, atol=0)


def test_what_cannot_be_used_is_one_line(files, tmp_path, repository):
    weights = files(reference_of("alex", True), "alex")
    with pytest.raises(UserError, match="is not the weight file that LPIPS and its tLP are named after"):
        ours(weights, "alex", expected_sha256="7be5be79")
    with pytest.raises(UserError, match="do not fit squeeze; get its official file"):
        ours(weights, "squeeze")
    with pytest.raises(UserError, match="holds no weights of LPIPS for alex"):
        ours(weights, "alex", heads=weights)
    with pytest.raises(UserError, match="knows the networks alex, vgg, squeeze, not 'resnet'"):
        ours(weights, "resnet")
    for name in ("lpips", "tlp"):
        with pytest.raises(UserError, match="or use pdist_squeeze11 and tlp_squeeze11"):
            build(OmegaConf.to_container(OmegaConf.load(repository / f"conf/metrics/{name}.yaml"), resolve=True)[name])
