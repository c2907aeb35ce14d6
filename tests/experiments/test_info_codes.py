"""The information that codes share with factors: closed forms, and a tiny run from training to page."""

import runpy
from pathlib import Path

import pytest
import torch

from kineograph.cli.main import main

SCRIPT = Path(__file__).resolve().parents[2] / "experiments" / "info_codes" / "measure.py"
MEASURE = runpy.run_path(str(SCRIPT))


def test_a_copy_holds_all_and_a_stranger_nothing():
    kinds = torch.arange(4).repeat(64)
    assert MEASURE["information"](kinds, kinds) == pytest.approx(2.0)  # bits of four equal kinds
    assert MEASURE["information"](kinds, kinds // 2) == pytest.approx(1.0)
    assert MEASURE["information"](kinds, torch.arange(4).repeat_interleave(64)) == pytest.approx(0.0, abs=1e-9)


def test_chance_is_taken_off():
    generator = torch.Generator().manual_seed(1)
    one, other = (torch.randint(6, (100,), generator=generator) for _ in range(2))
    plain = MEASURE["information"](one, other)
    beyond, chance = MEASURE["beyond_chance"](one, other)
    assert plain > 0.1  # few films: the plain estimate is too large
    assert abs(beyond) < 0.1 and chance > 0
    assert MEASURE["beyond_chance"](one, one)[0] > 2.0


@pytest.mark.slow
def test_from_training_to_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["experiment=gan/infogan_video", "data=moving_shapes", "debug=tiny", "callbacks=[checkpoint]", "metrics=[]"]
    assert main(["train", *words, "run_dir=run"]) == 0
    out = tmp_path / "codes"
    assert MEASURE["main"](["run", "-o", str(out), "--films", "32", "--steps", "4", "--walks", "2"]) == 0
    lines = (out / "codes.md").read_text().splitlines()
    assert lines[0] == "| code | shape | colour | size | law |"
    codes = [line.split("|")[1].strip() for line in lines[2:] if line.startswith("|")]
    assert {"content category", "motion category", "content value 1", "motion value 1"} <= {*codes}
    assert [line.split(":")[0] for line in lines if line.startswith("- ")] == [
        "- right on held-out clips", "- sure of held-out clips", "- sure of made films",
    ]  # fmt: skip
    page = (out / "codes.html").read_text()
    steps = sum(4 if "category" in code else 5 for code in codes)
    assert page.count("data:image/webp") == 2 * steps
