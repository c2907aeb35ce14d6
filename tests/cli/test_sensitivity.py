import json

from kineograph.cli.main import main

DATA = ["data.source.num_clips=120", "data.source.held_out=0.4"]
WORDS = ["evaluate", "--sanity", *DATA, "num_clips=20", "batch_size=10"]


def test_the_matrix_of_chosen_metrics_and_what_is_left_out(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("KINEOGRAPH_INCEPTION", raising=False)
    chosen = "metrics=[flicker,frame_repeat_rate,fid,seconds_per_clip]"
    assert main([*WORDS, chosen, f"out={tmp_path}"]) == 0
    told = capsys.readouterr()
    assert "freeze 1, 20 clips" in told.err and str(tmp_path / "sensitivity.html") in told.out
    whole = json.loads((tmp_path / "sensitivity.json").read_text())
    assert set(whole["skipped"]) == {"fid"} and "fd_efflite0" in whole["skipped"]["fid"]
    sign = {(row["metric"], row["damage"], row["strength"]): row["sign"] for row in whole["readings"]}
    assert {metric for metric, _, _ in sign} == {"flicker", "frame_repeat_rate"}
    assert sign["frame_repeat_rate", "freeze", 1.0] == 1 and sign["flicker", "flicker", 16.0] == 1


def test_too_few_clips(capsys):
    assert main(["evaluate", "--sanity", *DATA, "num_clips=5", "metrics=[flicker]"]) == 1
    assert "needs at least 10 groups" in capsys.readouterr().err
