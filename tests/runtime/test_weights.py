import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.runtime.weights import export_weights, import_weights, weights_hash
from tests.runtime.tiny_part import TinyAnimator


def tiny(seed: int) -> TinyAnimator:
    torch.manual_seed(seed)
    return TinyAnimator(seed=0, accumulate=1, signal_at=-1, fail_at=-1, die_at=-1, brightness=0.0)


def test_round_trip_of_the_averaged_networks(tmp_path):
    first, second = tiny(1), tiny(2)
    path = export_weights(first, tmp_path / "deep" / "w.safetensors", {"command": "kineograph train"})
    assert weights_hash(first) != weights_hash(second)
    assert import_weights(second, path) == {"command": "kineograph train"}
    assert weights_hash(first) == weights_hash(second)
    assert torch.allclose(first.averaged["network"].weight, second.averaged["network"].weight, rtol=1e-3)
    assert not torch.equal(first.network.weight, second.network.weight)


def test_what_does_not_fit_is_refused(tmp_path):
    path = export_weights(tiny(1), tmp_path / "w.safetensors", {})
    other = tiny(1)
    other.averaged["more"] = torch.nn.Linear(1, 1)
    with pytest.raises(UserError, match="does not fit"):
        import_weights(other, path)
    path.write_bytes(b"\xff" * 100)
    with pytest.raises(UserError, match="not a safetensors file"):
        import_weights(tiny(1), path)
