"""``compile=true`` changes the speed of training, not what is learned."""

import pytest
import torch

from . import small


@pytest.mark.slow  # needs a C++ compiler and a minute
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore")  # the compiler's own
@pytest.mark.parametrize("family", ["gan", "diffusion", "regression"])
def test_compiled_networks_learn_the_same(family, fit):
    plain, compiled = (fit(getattr(small, family)(compile=choice), batches=3) for choice in (False, True))
    assert all(network._compiled_call_impl is not None for network in compiled.compiled())
    assert all(network._compiled_call_impl is None for network in plain.compiled())
    assert compiled.latest == pytest.approx(plain.latest, rel=1e-4)
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(compiled.state_dict()[name], value, rtol=1e-3, atol=1e-5, msg=name)
