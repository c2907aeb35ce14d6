"""What all giants share: levels, targets, masks, captions, and what is said where weights are missing."""

import json
import math

import pytest
import torch

from kineograph.core.errors import UserError
from kineograph.networks.giants import giant as module
from kineograph.networks.giants.giant import coarse, corrupt, shift_of, spelled
from kineograph.networks.giants.wan import Wan
from tests.networks.giants.owed import film


def test_noise_levels_and_targets_are_those_of_the_schedulers(tiny_giant):
    clean, added = torch.randn(1, 2, 4, 2, 2), torch.randn(1, 2, 4, 2, 2)
    level = torch.tensor([0.3])
    cpu = torch.device("cpu")
    scheduler = tiny_giant("cogvideox:text").pipeline(cpu).scheduler
    noisy, time, target = corrupt(scheduler, clean, added, level, 8)
    assert int(time) == int(1000 * torch.special.ndtr(level))
    torch.testing.assert_close(noisy, scheduler.add_noise(clean, added, time))
    torch.testing.assert_close(target, scheduler.get_velocity(clean, added, time))
    scheduler = tiny_giant("animate_diff").pipeline(cpu).scheduler
    assert torch.equal(corrupt(scheduler, clean, added, level, 8)[2], added)
    scheduler = tiny_giant("wan:text").pipeline(cpu).scheduler
    noisy, time, target = corrupt(scheduler, clean, added, level, 8)
    torch.testing.assert_close(noisy, clean + time / 1000 * (added - clean))
    torch.testing.assert_close(noisy - time / 1000 * target, clean)
    scheduler = tiny_giant("stable_video_diffusion").pipeline(cpu).scheduler
    noisy, time, target = corrupt(scheduler, clean, added, level, 8)
    sigma = (4 * time).exp()  # Karras et al. 2022 with c_skip = 1 / (sigma^2 + 1), c_out = -sigma / sqrt(sigma^2 + 1)
    x = noisy * (sigma**2 + 1) ** 0.5
    torch.testing.assert_close(x, clean + sigma * added)
    torch.testing.assert_close(x / (sigma**2 + 1) - sigma / (sigma**2 + 1) ** 0.5 * target, clean)


def test_a_latent_is_known_where_all_that_it_stands_for_is():
    mask = torch.ones(1, 9, 1, 8, 8)
    mask[:, 3, :, 0, 0] = 0
    latents = torch.zeros(1, 3, 4, 2, 2)
    expected = torch.ones(1, 3, 1, 2, 2)
    expected[:, 1, :, 0, 0] = 0  # frames 1 to 4
    assert torch.equal(coarse(mask, latents, 4), expected)


def test_a_caption_in_words_is_no_prompt(condition):
    assert spelled(condition) == "a red cat jumps"
    assert spelled(condition._replace(text=torch.zeros(2, 20, 4))) == ""
    assert spelled(condition.untold()) == ""


ARGUMENTS = {
    "dtype": "float32",
    "checkpointing": False,
    "prompt": "",
    "num_steps": 1,
    "scale": 1.0,
    "height": None,
    "width": None,
}


def test_weights_that_are_not_there_are_told_in_one_line(tmp_path):
    with pytest.raises(UserError, match="hf download Wan-AI") as told:
        Wan(weights=str(tmp_path / "nothing"), hub=False, **ARGUMENTS)
    assert "\n" not in str(told.value)


def test_a_dtype_of_another_name_is_told(tmp_path):
    with pytest.raises(UserError, match="animator.giant.dtype=bf16: one of float32, bfloat16, float16"):
        Wan(weights=str(tmp_path), hub=False, **ARGUMENTS | {"dtype": "bf16"})


def test_another_family_is_refused(tmp_path):
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": "LTXPipeline"}))
    with pytest.raises(UserError, match="LTXPipeline"):
        Wan(weights=str(tmp_path), hub=False, **ARGUMENTS)


def test_a_hub_out_of_reach_is_told_in_one_line(monkeypatch):
    class Hub:
        class DiffusionPipeline:
            @staticmethod
            def download(name):
                raise OSError("no network\nat all")

    monkeypatch.setattr(module, "_diffusers", lambda: Hub)
    with pytest.raises(UserError, match="download it where there is a network") as told:
        Wan(weights="Wan-AI/Wan2.1-T2V-1.3B-Diffusers", hub=True, **ARGUMENTS)
    assert "\n" not in str(told.value)


def test_a_picture_pipeline_without_a_picture_is_told(tiny_giant, condition):
    nothing = condition._replace(mask=torch.zeros_like(condition.mask))
    with pytest.raises(UserError, match="image_to_video"):
        film(tiny_giant("wan:picture"), nothing, 1)


def test_the_shift_of_long_films_is_the_schedulers():
    """Its own straight line in the logarithm (Esser et al. 2024, section 5.3.2, as diffusers has it), by hand."""
    config = {
        "use_dynamic_shifting": True,
        "base_image_seq_len": 100,
        "max_image_seq_len": 300,
        "base_shift": 0.5,
        "max_shift": 1.5,
    }
    assert shift_of(config, 100) == pytest.approx(math.exp(0.5))
    assert shift_of(config, 200) == pytest.approx(math.e)
    assert shift_of({"shift": 3.0}, 200) == 3
    assert shift_of({}, 200) == 1
