import json
import math

import pytest
import torch

from kineograph.cli.main import main
from kineograph.cli.sensitivity import valued
from kineograph.metrics.damages import num_dense
from kineograph.metrics.sensitivity import Reading

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


@pytest.fixture
def measured(monkeypatch):
    """What would be measured: the arguments of each matrix, and no matrix."""
    calls = []

    def note(metrics, dense, *others):
        calls.append((metrics, dense))
        return [Reading(name, "freeze", "motion", 1.0, 1.0, 0.1, 2.0, 0.1) for name in metrics]

    monkeypatch.setattr("kineograph.cli.sensitivity.sensitivity", note)
    return calls


def card(folder):
    return json.loads((folder / "sensitivity.json").read_text())["protocol"]


def test_clips_are_those_of_the_protocol_on_the_card(tmp_path, measured, capsys):
    shape = ["protocol.height=16", "protocol.width=16", "protocol.num_windows=2", "protocol.num_frames=4"]
    assert main([*WORDS, "metrics=[flicker]", f"out={tmp_path}", *shape, "num_clips=null"]) == 0
    [(_, dense)] = measured
    told = card(tmp_path)
    assert dense.video.shape[1:] == (num_dense(4), 3, 16, 16) and told["height"] == 16
    windows = (dense.key % 1000).bincount()
    assert windows.tolist() == [told["num_real"] // 2] * 2
    # by strides, in the films' own size, at random moments of training films
    stride = ["fps=null", "stride=1", "fake_stride=1", "height=null", "width=null", "num_frames=16", "split=train"]
    stride = [f"protocol.{text}" for text in (*stride, "offset=random", "num_real=14", "num_fake=14")]
    assert main([*WORDS, "metrics=[class_accuracy]", f"out={tmp_path}", *stride]) == 0
    metrics, dense = measured[1]
    told = card(tmp_path)
    assert (told["split"], told["height"], told["num_real"]) == ("train", 32, 14)
    assert torch.allclose(dense.times[:, 2], torch.tensor(1 / told["fps"]))
    assert metrics["class_accuracy"].tower is None and "not taught" in capsys.readouterr().err


def test_what_learns_is_taught(tmp_path, measured):
    words = ["metrics=[class_accuracy,caption_retrieval]", "metrics.class_accuracy.num_training=20"]
    assert main([*WORDS, *words, "metrics.caption_retrieval.num_training=20", f"out={tmp_path}"]) == 0
    [(metrics, _)] = measured
    assert all(metric.tower is not None for metric in metrics.values())


def test_what_has_no_value_is_not_called_blind(tmp_path, capsys):
    words = [*WORDS, "clip.num_factors=0", f"out={tmp_path}"]
    assert main([*words, "metrics=[frame_repeat_rate,motion_law_error]"]) == 0
    whole = json.loads((tmp_path / "sensitivity.json").read_text())
    assert whole["skipped"] == {"motion_law_error": "has no value on these clips"}
    assert {row["metric"] for row in whole["readings"]} == {"frame_repeat_rate"}
    assert main([*words, "metrics=[motion_law_error]"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].endswith("has a value on these clips: motion_law_error")
    readings = [Reading("a", "freeze", "motion", s, 1.0, 0.1, value, 0.1) for s, value in ((1, math.nan), (2, 1.0))]
    assert valued(readings) == (readings, [])


def test_protocols_that_cannot_be_damaged_are_one_line(capsys, monkeypatch):
    monkeypatch.delenv("KINEOGRAPH_INCEPTION", raising=False)
    for words, told in [
        (["metrics/protocol=latte_stride3"], "'latte_stride3' plays real films 3 times as fast as generated ones"),
        (["protocol.num_trials=2"], "has 2 trials: set protocol.num_trials=1"),
        (["metrics/protocol=cdfvd"], "looks through videomae_v2_ssv2, these metrics through nothing"),
        (["metrics=[fid]"], "no metric is left to measure: fid: "),
    ]:
        assert main([*WORDS, "metrics=[flicker]", *words]) == 1
        line = capsys.readouterr().err.splitlines()[-1]
        assert line.startswith("kineograph: ") and told in line
