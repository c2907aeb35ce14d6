"""Low-rank adaptation against peft's, and against its equation."""

import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from kineograph.core.errors import UserError
from kineograph.networks.tuning.lora import Lora


def network():
    torch.manual_seed(0)
    block = nn.ModuleDict({"to_q": nn.Linear(4, 6), "other": nn.Linear(4, 6)})
    return nn.ModuleDict({"block": block})


def tuning(net, **changed):
    return Lora(network=net, prefix="unet", **({"rank": 2, "alpha": 3.0, "targets": ["to_q"], "start": None} | changed))


def test_it_adds_alpha_over_rank_times_b_a_x_where_it_is_lent():
    net, x = network(), torch.randn(3, 4)
    lora = tuning(net)
    assert sum(p.numel() for p in lora.parameters()) == 2 * 4 + 6 * 2
    before = {name: layer(x) for name, layer in net["block"].items()}
    lora.up["block/to_q"].data.normal_()
    with lora.on(net):
        torch.testing.assert_close(
            net["block"]["to_q"](x), before["to_q"] + 1.5 * x @ lora.down["block/to_q"].T @ lora.up["block/to_q"].T
        )
        assert torch.equal(net["block"]["other"](x), before["other"])
    assert torch.equal(net["block"]["to_q"](x), before["to_q"])


def test_peft_reads_what_it_saves(tmp_path):
    peft = pytest.importorskip("peft")
    from safetensors.torch import load_file

    net, x = network(), torch.randn(3, 4)
    lora = tuning(net)
    lora.up["block/to_q"].data.normal_()
    lora.save(tmp_path / "lora.safetensors")
    with lora.on(net):
        expected = net["block"]["to_q"](x)
    peft.inject_adapter_in_model(peft.LoraConfig(r=2, lora_alpha=2, target_modules=["to_q"]), net)
    state = {k.removeprefix("unet."): v for k, v in load_file(tmp_path / "lora.safetensors").items()}
    peft.set_peft_model_state_dict(net, state)
    torch.testing.assert_close(net["block"]["to_q"](x), expected)


def test_a_file_with_rank_and_alpha_beside_it_begins_at_its_own_strength(tmp_path):
    """As diffusers saves what peft learned: the matrices as they are, alpha in the metadata."""
    net, x = network(), torch.randn(3, 4)
    down, up = torch.randn(2, 4), torch.randn(6, 2)
    state = {"unet.block.to_q.lora_A.weight": down, "unet.block.to_q.lora_B.weight": up}
    said = json.dumps({"unet.r": 2, "unet.lora_alpha": 1.0})
    save_file(state, tmp_path / "lora.safetensors", metadata={"lora_adapter_metadata": said})
    lora = tuning(net, start=str(tmp_path / "lora.safetensors"), alpha=8.0)
    before = net["block"]["to_q"](x)
    with lora.on(net):
        torch.testing.assert_close(net["block"]["to_q"](x), before + 0.5 * x @ down.T @ up.T)


def test_a_file_of_more_layers_is_not_taken_in_part(tmp_path):
    tuning(network(), targets=["to_q", "other"]).save(tmp_path / "lora.safetensors")
    with pytest.raises(UserError, match=r"4 matrices, 2 more than animator\.tuning\.targets"):
        tuning(network(), start=str(tmp_path / "lora.safetensors"))


def test_what_does_not_fit_is_told(tmp_path):
    with pytest.raises(UserError, match="targets"):
        tuning(network(), targets=["to_z"])
    with pytest.raises(UserError, match=r"animator\.tuning\.start"):
        tuning(network(), start=str(tmp_path / "none.safetensors"))
    tuning(network()).save(tmp_path / "lora.safetensors")
    with pytest.raises(UserError, match="does not fit"):
        tuning(network(), start=str(tmp_path / "lora.safetensors"), rank=3)
