"""``procedure=NAME`` of animate and evaluate, on a run of two batches."""

import json

import pytest

from kineograph.cli.main import main

TINY = ["debug=tiny", "data=moving_shapes", "callbacks=[checkpoint]", "metrics=[]", "data.batch_size=4", "max_images=8"]
SEARCH = ["procedure=inversion", "procedure.num_starts=2", "procedure.num_steps=3"]


@pytest.mark.slow
def test_a_gan_is_walked_inverted_prolonged_and_scored(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "experiment=gan/stylegan_v", "task=unconditional", *TINY, "run_dir=run"]) == 0
    for name in ("latent_walk", "interpolation", "style_mixing", "truncation"):
        assert main(["animate", "--no-picture", "run=run", f"procedure={name}", "-o", f"{name}.png"]) == 0
        assert (tmp_path / f"{name}.png").stat().st_size > 0
    assert main(["animate", "--no-picture", "run=run", "procedure=endless", "--frames", "40", "-o", "long.webp"]) == 0
    capsys.readouterr()
    assert main(["animate", "latent_walk.png", "run=run", *SEARCH, "-o", "found.png"]) in (0, 1)
    wanted = [
        "data=moving_shapes",
        "task=image_to_video",
        "metrics=[flicker]",
        "num_clips=4",
        "previews=1",
        "real=false",
    ]
    assert main(["evaluate", "run=run", *wanted, *SEARCH, "out=rows"]) == 0
    row = json.loads((tmp_path / "rows" / "stylegan_v_inversion.json").read_text())
    assert row["procedure"] == "inversion" and row["parameters"] > 0 and row["cost"]["network_calls"] == 2 + 3 + 1


def test_no_picture_and_a_picture_do_not_go_together(capsys):
    assert main(["animate", "--no-picture", "a.png", "-o", "b.png"]) == 2
    assert "no picture beside" in capsys.readouterr().err
