"""Rows of one table: whose protocol counts, what is kept of the real clips, and what is refused in one line."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

from kineograph.cli.compose import compose
from kineograph.cli.main import main
from kineograph.cli.scoring import Scoring, completed, learners, named, on_films, other_data, plain_of
from kineograph.core.build import build
from kineograph.core.errors import UserError
from kineograph.networks.pretrained.transnet_v2 import TransNetV2
from kineograph.report.rows import same_protocol
from kineograph.report.scores import Scores
from kineograph.runtime.worker import work
from tests.runtime.tiny_run import tiny_run

QUICK = ["metrics=[flicker]", "previews=0", "--allow", "tests"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def run(tmp_path):
    run = tiny_run(tmp_path / "run", "max_images=8")
    work(run)
    return run


def told(capsys, arguments: list[str], code: int = 1) -> str:
    capsys.readouterr()
    assert main(arguments) == code
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("kineograph: ") and "Traceback" not in line
    return line


def preset(repository, name):
    return build(OmegaConf.load(repository / f"conf/metrics/protocol/{name}.yaml"))


def test_a_second_evaluation_looks_at_no_real_clip_again(run, tmp_path, monkeypatch, cache):
    films = []
    look = TransNetV2.features
    monkeypatch.setattr(TransNetV2, "features", lambda self, video: films.append(len(video)) or look(self, video))
    command = ["evaluate", f"run={run.path}", f"out={tmp_path}/out", "metrics=[clip_distance]", "previews=0"]
    command += ["metrics.clip_distance.num_resamples=5", "num_clips=6", "--allow", "tests"]
    assert main(command) == 0
    first = json.loads((tmp_path / "out" / "tiny_part.json").read_text())
    assert sum(films) == 12  # 6 real films and 6 generated ones
    assert main(command) == 0
    assert sum(films) == 12 + 6
    assert json.loads((tmp_path / "out" / "tiny_part.json").read_text())["metrics"] == first["metrics"]
    [kept] = (cache / "reference_features").rglob("*.safetensors")
    assert kept.parent.name == first["protocol"]["hash"] and kept.parent.parent.name == first["protocol"]["data_hash"]


def test_tables_are_written_beside_the_rows(run, tmp_path):
    command = ["evaluate", f"run={run.path}", "references=frozen", f"out={tmp_path}/out", "num_clips=6", *QUICK]
    assert main(command) == 0
    folder = tmp_path / "out" / "tables"
    assert {path.name for path in folder.iterdir()} == {"scores.json", "scores.csv", "scores.tex", "scores.html"}
    whole = json.loads((folder / "scores.json").read_text())
    assert [row["name"] for row in whole["rows"]] == ["real", "frozen", "tiny_part"]
    row = json.loads((tmp_path / "out" / "frozen.json").read_text())
    assert row["protocol"] == whole["protocol"] and len(row["draws"]["flicker"]) == 500
    assert row["higher_is_better"] == {"flicker": None}


def test_three_runs_make_one_table_of_every_kind(tmp_path):
    """Also where all are called alike, and lie in folders called alike."""
    runs = [tiny_run(tmp_path / str(place) / "run", "max_images=8", f"seed={place}") for place in range(3)]
    for run in runs:
        work(run)
    many = f"run=[{','.join(str(run.path) for run in runs)}]"
    assert main(["evaluate", many, "real=false", f"out={tmp_path}/out", "num_clips=6", *QUICK]) == 0
    tables = tmp_path / "out" / "tables"
    names = ["tiny_part", "run", "run_2"]
    assert [row["name"] for row in json.loads((tables / "scores.json").read_text())["rows"]] == names
    lines = (tables / "scores.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["name", *names]
    latex, html = (tables / "scores.tex").read_text(), (tables / "scores.html").read_text()
    assert all(latex_name in latex for latex_name in (r"tiny\_part", r"run\_2"))
    assert all(f">{name}</a>" in html for name in names)


def test_models_of_one_name_are_told_apart():
    model = type("Model", (), {"name": "gan", "folder": type("Folder", (), {"name": "gan"})})
    assert list(named([model, model, model])) == ["gan", "gan_2", "gan_3"]


def test_runs_of_different_protocols_are_refused_with_the_fields(tmp_path, capsys):
    runs = [tiny_run(tmp_path / name, f"metrics/protocol={name}") for name in ("kineograph_tiny", "kineograph")]
    many = f"run=[{runs[0].path},{runs[1].path}]"
    line = told(capsys, ["evaluate", many, *QUICK], code=2)
    for part in ("'tiny_part'", "num_frames: 8 and 16", "height: 32 and 64", "num_windows: 1 and 4"):
        assert part in line
    assert "seed" not in line
    # with one protocol chosen it goes on, to find that nothing is trained yet
    assert "holds no checkpoint" in told(capsys, ["evaluate", many, "metrics/protocol=kineograph", *QUICK])


def test_a_run_older_than_a_field_of_the_protocol_is_scored_under_the_default_one():
    """The shipped weights were made before protocols said where a clip begins."""
    composed = compose("evaluate", [], [])
    short = {"_target_": "kineograph.metrics.protocol.Protocol", "name": "kineograph_tiny", "num_frames": 4}
    found = completed({"name": "old", "protocol": short}, composed)["protocol"]
    assert (found["num_frames"], found["offset"], found["codec"]) == (4, "spread", None)
    assert build(found).num_frames == 4
    assert completed({"name": "none"}, composed)["protocol"]["num_frames"] == 8


def test_a_run_measured_at_another_shape_than_its_own_is_told(run, tmp_path, capsys):
    words = ["evaluate", f"run={run.path}", "real=false", f"out={tmp_path}/out", "num_clips=6", *QUICK]
    assert main(words) == 0
    assert "was trained at" not in capsys.readouterr().err
    assert main([*words, "protocol.num_frames=16", "protocol.height=64", "protocol.fps=7.5"]) == 0
    line = "evaluate: 'tiny_part' was trained at 8x32x32, 12 fps; protocol 'kineograph_tiny' measures 16x64x32, 7.5 fps"
    assert capsys.readouterr().err.splitlines().count(line) == 1


def test_a_run_measured_on_other_data_or_tasks_than_its_own_is_told():
    own = compose("train", ["data=moving_shapes", "clip=tiny"], []).config.data
    other = compose("train", ["data=moving_shapes", "data.source.held_out=0.5", "task=interpolate"], []).config.data
    assert other_data("a", plain_of(own), plain_of(own)) is None
    line = other_data("a", plain_of(own), plain_of(other))
    assert line.startswith("'a' was trained with other data (data.source.held_out 0.25, here 0.5; data.task._target_ ")
    assert "source.height" not in line  # the protocol has the size


def test_rows_say_how_their_metrics_were_set(tmp_path):
    words = ["data.source.num_clips=40", "references=frozen", "real=false", "num_clips=4", *QUICK]
    for name, more in (("one", []), ("two", ["metrics.flicker.num_resamples=7"])):
        assert main(["evaluate", *words, *more, f"out={tmp_path}/{name}"]) == 0
    rows = [json.loads((tmp_path / name / "frozen.json").read_text()) for name in ("one", "two")]
    assert rows[0]["settings"]["clip"] == {"channels": 3}
    assert rows[1]["settings"]["flicker"]["num_resamples"] == 7
    assert rows[0]["protocol"]["hash"] == rows[1]["protocol"]["hash"]
    with pytest.raises(UserError, match="one flicker .num_resamples"):
        same_protocol(rows)


def test_a_row_says_what_its_animator_was_given(tmp_path):
    words = ["data.source.num_clips=40", "references=frozen", "real=false", "num_clips=2", f"out={tmp_path}/out"]
    assert main(["evaluate", *words, "task=predict", "data.task.num_known=3", *QUICK]) == 0
    row = json.loads((tmp_path / "out" / "frozen.json").read_text())
    told = {"tell_label": False, "tell_text": False, "tell_motion": False}
    assert row["task"] == {"name": "predict", "num_known": 3, **told} and row["procedure"] is None


def test_a_codec_lies_between_every_film_and_its_measurement(run, tmp_path, capsys):
    """Real and generated films lose by it, the real row stays the floor, and no other row is compared with these."""
    command = ["evaluate", f"run={run.path}", "metrics=[psnr,motion_distance,flicker]", "previews=0"]
    command += ["num_clips=6", "--allow", "tests"]
    for folder, codec in (("plain", "null"), ("coded", "h264 crf 40")):
        assert main([*command, f"out={tmp_path}/{folder}", f"protocol.codec={codec}"]) == 0
    rows = {
        (folder, name): json.loads((tmp_path / folder / f"{name}.json").read_text())
        for folder in ("plain", "coded")
        for name in ("real", "tiny_part")
    }
    assert {row["protocol"]["codec"] for (folder, _), row in rows.items() if folder == "coded"} == {"h264 crf 40"}
    for name in ("real", "tiny_part"):
        plain, coded = (rows[folder, name]["metrics"] for folder in ("plain", "coded"))
        assert coded["flicker"] != plain["flicker"]
        assert rows["coded", name]["protocol"]["hash"] != rows["plain", name]["protocol"]["hash"]
    assert rows["coded", "real"]["metrics"]["motion_distance"] == 0 and rows["coded", "real"]["metrics"]["psnr"] == 100
    with pytest.raises(UserError, match="codec: none and h264 crf 40"):
        Scores([rows["plain", "tiny_part"], rows["coded", "tiny_part"]])
    assert "set it to null" in told(capsys, ["evaluate", "--sanity", "metrics/protocol=kineograph_h264"])


def test_several_trials_are_mean_and_standard_deviation(run, tmp_path):
    command = ["evaluate", f"run={run.path}", f"out={tmp_path}/out", "real=false", "num_clips=6", *QUICK]
    rows = []
    for trials in (1, 2):
        assert main([*command, f"protocol.num_trials={trials}"]) == 0
        rows.append(json.loads((tmp_path / "out" / "tiny_part.json").read_text()))
    one, two = (row["metrics"] for row in rows)
    assert two["flicker"] != one["flicker"] and rows[0]["protocol"]["hash"] != rows[1]["protocol"]["hash"]
    # of two numbers: the first is the one trial, and each lies one deviation / sqrt 2 from the mean
    assert abs(one["flicker"] - two["flicker"]) == pytest.approx((two["flicker_high"] - two["flicker"]) / 2**0.5)


def test_half_precision_tells_its_error_and_is_another_protocol(run, tmp_path, capsys):
    command = [
        "evaluate",
        f"run={run.path}",
        f"out={tmp_path}/out",
        "metrics=[kid_efflite0]",
        "previews=0",
        "num_clips=8",
    ]
    command += ["--allow", "tests", "real=false", "metrics.kid_efflite0.num_resamples=2"]
    rows = []
    for precision in ("float32", "bf16"):
        assert main([*command, f"precision={precision}"]) == 0
        rows.append(json.loads((tmp_path / "out" / "tiny_part.json").read_text()))
    assert rows[0]["bf16_errors"] is None and 0 < rows[1]["bf16_errors"]["efficientnet_lite0"] < 0.1
    assert rows[0]["protocol"]["hash"] != rows[1]["protocol"]["hash"]
    assert "bf16 moves the features of efficientnet_lite0 by" in capsys.readouterr().err
    assert "float32 or bf16" in told(capsys, [*command, "precision=half"], code=2)


def test_what_cannot_be_measured_is_one_line(run, capsys):
    command = ["evaluate", f"run={run.path}", "previews=0", "--allow", "tests"]
    assert "1 clip is left to evaluate on" in told(capsys, [*command, "metrics=[flicker]", "num_clips=1"])
    assert "at least 4 groups" in told(capsys, [*command, "metrics=[kid_efflite0]", "num_clips=3"])
    assert "weight file" in told(capsys, [*command, "metrics=[fid]"])
    wrong = [*command, "metrics=[kd_transnetv2]", "num_clips=6", "+protocol.extractors.transnet_v2=abcdef"]
    assert "wants transnet_v2 with weights of sha256 abcdef, the file at hand has" in told(capsys, wrong)
    assert "looks through i3d, these metrics through nothing" in told(
        capsys, [*command, "metrics=[flicker]", "num_clips=6", "+protocol.extractors.i3d=null"]
    )
    assert "these data have no source" in told(capsys, [*command, "metrics=[flicker]", "metrics/protocol=cdfvd"])


class Learner:
    def remember(self, clips):
        pass


def test_what_learns_from_the_training_clips_is_not_measured_on_them(repository, capsys):
    metrics = {"shown": Learner(), "flicker": object()}
    assert learners(metrics, preset(repository, "kineograph")) == [metrics["shown"]]
    assert learners({"flicker": metrics["flicker"]}, preset(repository, "cdfvd")) == []
    assert capsys.readouterr().err == ""
    assert learners(metrics, preset(repository, "cdfvd")) == []
    [line] = capsys.readouterr().err.splitlines()
    assert "protocol 'cdfvd' measures the training clips, from which shown would learn" in line


class Films:
    """Two films of 4 x 6 pixels."""

    def __init__(self, *rates):
        self.films = [type("Film", (), {"fps": rate, "split": "train", "part": ""})() for rate in rates]

    def open(self):
        return self

    def read(self, index, times):
        return np.zeros((1, 4, 6, 3), dtype=np.uint8)


def test_rate_and_size_come_from_the_films(repository):
    found = on_films(preset(repository, "cdfvd"), Films(24.0, 24.0))
    assert (found.fps, found.height, found.width, found.stride) == (24.0, 4, 6, 1)
    latte = on_films(preset(repository, "latte_stride3"), Films(30.0))
    assert (latte.fps, latte.height, latte.speed) == (30.0, 256, 3.0)
    assert on_films(found, None) == found
    with pytest.raises(UserError, match="2 rates, from 24 to 30 a second"):
        on_films(preset(repository, "cdfvd"), Films(24.0, 30.0))


def test_films_of_another_size_are_refused_where_nothing_may_be_resized(repository):
    mcvd = preset(repository, "mcvd_256")
    with pytest.raises(UserError, match="of 64x64 as they are stored .* these are 4x6; prepare them with .*height=64"):
        on_films(mcvd, Films(24.0))
    assert on_films(replace(mcvd, height=4, width=6), Films(24.0)).height == 4
    assert on_films(replace(mcvd, resize="antialiased"), Films(24.0)).height == 64


class Diverged:
    def animate(self, condition, noise):
        return condition.known * torch.nan


class Bright:
    def animate(self, condition, noise):
        return condition.known + 0.3


def test_films_to_look_at_are_those_that_are_measured():
    words = ["data.source.num_clips=40", "num_clips=2", "metrics=[flicker]"]
    settings = compose("evaluate", words, []).config
    plain = plain_of(settings)
    scoring = Scoring(settings=settings, data=plain["data"], protocol=build(plain["protocol"]), device="cpu")
    clip = scoring.clips[0]
    with pytest.raises(UserError, match=f"film of clip {int(clip.key[0])} holds numbers that are not finite"):
        scoring.film(Diverged(), clip)
    film = (scoring.film(Bright(), clip) + 1) * 127.5
    assert film.max() == 255 and torch.allclose(film, film.round(), atol=1e-4)
