"""The one mechanism of the zoos: what it would run, what it makes of several seeds; both zoos share a protocol."""

import csv
import json
import math
import runpy
import signal
import statistics
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from omegaconf import OmegaConf

from kineograph.cli.compose import compose
from kineograph.core.build import conf_dir
from kineograph.core.errors import UserError

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
SWEEPS = sorted(path.parent.name for path in EXPERIMENTS.glob("*/sweep.yaml") if path.parent.name != "quickstart")
RUN = runpy.run_path(str(EXPERIMENTS / "run.py"))
CARD = {"name": "p", "hash": "1", "num_frames": 8}


def zoo(name: str, out: Path, tiny: bool = False):
    return RUN["Zoo"](EXPERIMENTS / name, out, tiny, [])


@pytest.mark.parametrize("name", SWEEPS)
def test_every_folder_is_its_own(name, tmp_path):
    jobs = zoo(name, tmp_path).jobs()
    assert len({job.folder for job in jobs}) == len(jobs)


@pytest.mark.slow
@pytest.mark.parametrize("name", SWEEPS)
def test_every_job_composes(name, tmp_path):
    jobs, flags = zoo(name, tmp_path, tiny=True).jobs(), zoo(name, tmp_path).flags
    folders = [str(EXPERIMENTS.parent / path) for flag, path in pairwise(flags) if flag == "--config-dir"]
    for words in {tuple(job.words) for job in jobs}:
        compose("train", [*words, "run_dir=here", "seed=1"], folders)
    for words in {tuple(job.scored) for job in jobs}:
        compose("evaluate", [*words, "run=[here]", "real=false"], [])


@pytest.mark.parametrize("family", ["gan", "diffusion"])
def test_every_named_system_is_in_its_zoo_at_three_seeds(family, tmp_path):
    names = {path.stem for path in (conf_dir() / "experiment" / family).glob("*.yaml")}
    tiny = {name for name in names if not name.endswith(("_small", "_paper"))} - {"upscale_flow"}  # given a small film
    jobs = zoo(f"{family}_zoo", tmp_path).jobs()
    assert {job.name for job in jobs if not job.name.endswith(" untrained")} == tiny
    for name in tiny:
        assert {job.seed for job in jobs if job.name == name} == {"1", "2", "3"}
        assert [job.seed for job in jobs if job.name == f"{name} untrained"]


def test_both_zoos_train_and_measure_alike():
    one, other = (
        yaml.safe_load((EXPERIMENTS / f"{name}_zoo" / "sweep.yaml").read_text()) for name in ("gan", "diffusion")
    )
    assert {key: one[key] for key in ("seeds", "train", "untrained", "evaluate")} == {
        key: other[key] for key in ("seeds", "train", "untrained", "evaluate")
    }


def row(name: str, value: float, hash_: str = "1", kind: str = "trained") -> dict:
    metrics = {"clip_distance": value, "clip_distance_low": value - 0.1, "clip_distance_high": value + 0.1}
    metrics |= {"seconds_per_clip": value}  # has no ends of its own
    draws = {"clip_distance": [value - 0.1, value, value + 0.1]}
    card = CARD | {"hash": hash_}
    return {"name": name, "kind": kind, "metrics": metrics, "draws": draws, "protocol": card, "train_seconds": 9.0}


def measured(out: Path, values: dict[str, list[float]], hash_: str = "1") -> None:
    """Runs and references as the real thing leaves them."""
    for name, seeds in values.items():
        for seed, value in enumerate(seeds, 1):
            folder = out / "image_to_video" / f"{name.replace(' ', '_')}-{seed}" / "evaluations"
            folder.mkdir(parents=True)
            (folder / f"{name}.json").write_text(json.dumps(row(name, value, hash_)))
    folder = out / "image_to_video" / "references"
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in (("real", 0.0), ("jitter", 2.0)):
        (folder / f"{name}.json").write_text(json.dumps(row(name, value, kind="reference")))


def test_seeds_become_one_row_with_their_spread(tmp_path):
    measured(tmp_path, {"dcgan_video": [1.0, 1.2, 1.7], "stylegan_v": [1.1, 1.3, 1.5], "warp_gan": [3.0, 3.1, 3.2]})
    rows = {row["name"]: row for row in zoo("gan_zoo", tmp_path).rows("image_to_video")}
    got = rows["dcgan_video"]["metrics"]
    assert got["clip_distance"] == pytest.approx(1.3)
    assert got["clip_distance_high"] - got["clip_distance"] == pytest.approx(statistics.stdev([1.0, 1.2, 1.7]))
    assert got["seconds_per_clip_high"] > got["seconds_per_clip"] == pytest.approx(1.3)
    assert len(rows["dcgan_video"]["draws"]["clip_distance"]) == len(rows["jitter"]["draws"]["clip_distance"]) == 9
    zoo("gan_zoo", tmp_path).write([])
    page = (tmp_path / "tables.md").read_text().splitlines()
    lines = {line.split("|")[1].strip(): line for line in page if line.startswith("|")}
    assert any("± is one standard deviation over seeds; where there is one seed (as of references)" in x for x in page)
    assert " =" in lines["dcgan_video"] and " =" in lines["stylegan_v"] and "=" not in lines["warp_gan"]
    assert lines["dcgan_video"].endswith("| jitter |") and lines["warp_gan"].endswith("| not jitter |")


def test_rows_of_two_protocols_are_refused(tmp_path):
    measured(tmp_path, {"dcgan_video": [1.0]}, hash_="2")
    with pytest.raises(UserError, match="not measured under one protocol"):
        zoo("gan_zoo", tmp_path).write([])


def test_rows_of_two_tasks_are_refused(tmp_path):
    """A reference makes nothing of what else is told; a row of an earlier version does not say."""
    measured(tmp_path, {"dcgan_video": [1.0], "warp_gan": [1.2], "r3gan_video": [1.3]})
    folder = tmp_path / "image_to_video"
    files = {name: folder / f"{name}-1" / "evaluations" / f"{name}.json" for name in ("dcgan_video", "warp_gan")}
    files["jitter"] = folder / "references" / "jitter.json"

    def given(name: str, task: str, **told: bool) -> None:
        row = json.loads(files[name].read_text())
        files[name].write_text(json.dumps(row | {"task": {"name": task, **told}}))

    given("dcgan_video", "image_to_video", tell_label=True)
    given("jitter", "image_to_video", tell_label=False)
    zoo("gan_zoo", tmp_path).write([])
    given("jitter", "interpolate", tell_label=False)
    with pytest.raises(UserError, match="image_to_video: .jitter. was given .*evaluate both with one task"):
        zoo("gan_zoo", tmp_path).write([])
    given("jitter", "image_to_video", tell_label=False)
    given("warp_gan", "image_to_video", tell_label=False)
    with pytest.raises(UserError, match="'dcgan_video' was given .* and 'warp_gan' "):
        zoo("gan_zoo", tmp_path).write([])


def test_what_is_accepted_is_expected(tmp_path, capsys):
    measured(tmp_path / "out", {"dcgan_video": [1.0, 1.2, 1.7]})
    folder = tmp_path / "gan_zoo"
    folder.mkdir()
    for name in ("sweep.yaml", "README.md"):
        (folder / name).write_text((EXPERIMENTS / "gan_zoo" / name).read_text())
    words = [str(folder), "--out", str(tmp_path / "out")]
    assert RUN["main"]([*words, "--accept"]) == 0
    assert "| dcgan_video | 1.30 ± 0.361 |" in (folder / "README.md").read_text()
    assert RUN["main"]([*words, "--check"]) == 0
    (tmp_path / "out/image_to_video/dcgan_video-1/evaluations/dcgan_video.json").write_text(
        json.dumps(row("dcgan_video", 9))
    )
    assert RUN["main"]([*words, "--check"]) == 1
    assert "dcgan_video: clip_distance" in capsys.readouterr().out


def test_pace_leaves_out_the_first_lines(tmp_path):
    lines = ["images_seen,speed/images_per_second", "16,1", "32,10", "48,12"]
    (tmp_path / "metrics.csv").write_text("\n".join(lines))
    assert math.isclose(RUN["pace"](tmp_path), 11.0)
    assert RUN["pace"](tmp_path / "nothing") is None


STAND_IN = """
import json, pathlib, sys, time
words = dict(text.split("=", 1) for text in sys.argv[2:] if "=" in text)
pathlib.Path("calls.txt").open("a").write(" ".join(sys.argv[1:]) + chr(10))
verb = sys.argv[1]
row = json.loads(pathlib.Path("row.json").read_text())
if verb == "train":
    run = pathlib.Path(words.get("run_dir") or words["resume"])
    run.mkdir(parents=True, exist_ok=True)
    (run / "config.yaml").write_text("")
    stopped = words.get("name") == '"stylegan_v"' and words["seed"] == "2"  # as a kill leaves it
    (run / "status.json").write_text(json.dumps({"state": "preempted" if stopped else "finished"}))
    (run / "name").write_text(json.loads(words["name"])) if "name" in words else None
else:
    out = pathlib.Path(words["out"])
    out.mkdir(parents=True, exist_ok=True)
    runs = [(pathlib.Path(words["run"]) / "name").read_text()] if "run" in words else None
    for name in runs or ["real", *words["references"].strip("[]").split(",")]:
        (out / f"{name}.json").write_text(json.dumps(row | {"name": name, "kind": "trained" if runs else "reference"}))
"""


def test_a_table_is_accepted_again_without_the_others(tmp_path):
    measured(tmp_path / "out", {"dcgan_video": [1.0, 1.2, 1.7]})
    unasked = tmp_path / "out" / "interpolation" / "references"
    unasked.mkdir(parents=True)
    (unasked / "jitter.json").write_text(json.dumps(row("jitter", 2.0, kind="reference")))
    folder = tmp_path / "gan_zoo"
    folder.mkdir()
    for name in ("sweep.yaml", "README.md", "expected.csv"):
        (folder / name).write_text((EXPERIMENTS / "gan_zoo" / name).read_text())
    before = RUN["tables_in"]((folder / "README.md").read_text())
    kept = RUN["make_table"].read(folder / "expected.csv")
    assert RUN["main"]([str(folder), "--out", str(tmp_path / "out"), "--only", "dcgan_video", "--accept"]) == 0
    after = RUN["tables_in"]((folder / "README.md").read_text())
    assert [*after] == [*before] and "dcgan_video | 1.30 ± 0.361 |" in after["image to video"]
    assert {title for title in before if after[title] != before[title]} == {"image to video"}
    rows = RUN["make_table"].read(folder / "expected.csv")
    others = {name for name in kept if not name.startswith("image_to_video/")}
    assert others and {name for name in rows if not name.startswith("image_to_video/")} == others
    assert all(rows[name] == kept[name] for name in others)
    assert {name for name in rows if name not in others} == {
        f"image_to_video/{name}" for name in ("real", "jitter", "dcgan_video")
    }


def test_the_other_zoo_stands_beside_under_one_protocol(tmp_path):
    hash_ = (EXPERIMENTS / "gan_zoo" / "README.md").read_text().partition("Protocol kineograph_tiny ")[2][:16]
    made = zoo("diffusion_zoo", tmp_path)
    shown = made.beside([row("flow_unet", 1.0, hash_)])
    assert "image to video, gan_zoo" in shown and "digits, gan_zoo" not in shown  # which have a protocol of their own
    assert "| mocogan_gru |" in shown["image to video, gan_zoo"]
    assert made.beside([row("flow_unet", 1.0, "another")]) == made.beside([]) == {}


def test_what_stands_beside_is_what_the_other_says():
    pages = {name: RUN["tables_in"]((EXPERIMENTS / name / "README.md").read_text()) for name in SWEEPS}
    for name in SWEEPS:
        for also in yaml.safe_load((EXPERIMENTS / name / "sweep.yaml").read_text()).get("beside", []):
            for title, part in pages[name].items():
                if title.endswith(f", {also}"):
                    original = pages[also][title.removesuffix(f", {also}")]
                    assert part.splitlines()[1:] == original.splitlines()[1:], f"{name}: accept it again"


@pytest.mark.parametrize("family", ["gan", "diffusion"])
def test_what_a_system_s_first_comment_expects_is_what_its_zoo_measured(family):
    with open(EXPERIMENTS / f"{family}_zoo" / "expected.csv", newline="") as file:
        rows = {line["name"]: line for line in csv.DictReader(file) if line["metric"] == "clip_distance"}
    systems = [name for name in rows if f"{name} untrained" in rows]
    assert systems
    for name in systems:
        table, _, system = name.partition("/")
        rival = "jitter" if f"{table}/jitter" in rows else "drawn_jitter"
        mine, untrained, jitter = (
            float(rows[each]["value"]) for each in (name, f"{name} untrained", f"{table}/{rival}")
        )
        told = (
            f"# expected: clip_distance {mine:.3f} ± {mine - float(rows[name]['low']):.3f}"
            f" after its zoo's 4,000 images; untrained {untrained:.3f}, {rival} {jitter:.3f}"
        )
        assert told in (conf_dir() / "experiment" / family / f"{system}.yaml").read_text().splitlines()


def test_nothing_is_done_twice_and_what_was_stopped_goes_on(tmp_path, monkeypatch, capsys):
    (tmp_path / "cli.py").write_text(STAND_IN)
    (tmp_path / "row.json").write_text(json.dumps(row("", 1.0)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(RUN["main"].__globals__, "KINEOGRAPH", [sys.executable, "cli.py"])
    monkeypatch.setattr(RUN["Zoo"], "require_unchanged", lambda *_: None)  # its runs have no configuration
    handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    words = [str(EXPERIMENTS / "gan_zoo"), "--only", "stylegan_v", "--out", "out"]
    try:
        assert RUN["main"](words) == 1
        first = (tmp_path / "calls.txt").read_text().splitlines()
        assert "stylegan_v-2: preempted" in capsys.readouterr().err
        assert RUN["main"](words) == 0
        second = (tmp_path / "calls.txt").read_text().splitlines()[len(first) :]
        assert RUN["main"](words) == 0
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), handlers, strict=True):
            signal.signal(number, handler)
    verbs = [line.split()[0] for line in first]
    assert verbs.count("train") == 4 and verbs.count("evaluate") == 4  # three seeds and the untrained; references, rows
    assert [line.split()[:2] for line in second] == [
        ["train", f"resume={tmp_path.resolve() / 'out/image_to_video/stylegan_v-2'}"],
        ["evaluate", f"run={tmp_path.resolve() / 'out/image_to_video/stylegan_v-2'}"],
    ]
    assert len((tmp_path / "calls.txt").read_text().splitlines()) == len(first) + len(second)
    assert "| stylegan_v | " in (tmp_path / "out" / "tables.md").read_text()
    assert (tmp_path / "out" / "image_to_video.html").stat().st_size > 0


def test_what_was_begun_otherwise_is_not_gone_on_with(tmp_path):
    made = zoo("gan_pair", tmp_path)
    job = made.jobs()[0]
    (tmp_path / job.folder).mkdir(parents=True)
    words = [*job.words, *made.told(job), "max_images=7000"]  # which are measured, not asked for
    begun = OmegaConf.to_container(compose("train", words, []).config, resolve=True)
    (tmp_path / job.folder / "config.yaml").write_text(yaml.safe_dump(begun))
    made.require_unchanged(made.jobs())
    begun["data"]["batch_size"] += 1
    (tmp_path / job.folder / "config.yaml").write_text(yaml.safe_dump(begun))
    with pytest.raises(UserError, match=r"begun with data.batch_size=17, now it is 16 \(1 such\); delete"):
        made.require_unchanged(made.jobs())


def test_rows_that_were_scored_otherwise_are_not_passed_off(tmp_path):
    """Another metric, other clips; or the run went on since. Neither where films lie, nor what stands beside."""
    made = zoo("gan_zoo", tmp_path)
    job = next(job for job in made.jobs() if job.name == "masked_gan")
    folder = tmp_path / "interpolation" / "references"
    for path in (folder, made.row(job).parent):
        path.mkdir(parents=True)

    def scored(words: list[str], **changes: object) -> None:
        told = {"command": " ".join(["kineograph", *words]), "images_seen": 4000}
        made.row(job).write_text(json.dumps(row(job.name, 1.0) | told | changes))

    for name in ("real", "frozen", "jitter", "nearest"):
        told = {"command": " ".join(["kineograph", *made.scoring_of_references("interpolation")])}
        (folder / f"{name}.json").write_text(json.dumps(row(name, 1.0, kind="reference") | told))
    (tmp_path / job.folder / "status.json").write_text('{"images_seen": 4000}')
    scored(made.scoring(job))
    made.require_as_asked(made.jobs())
    command = " ".join(made.scoring(job)).replace("previews=4", "previews=6").replace(str(tmp_path), "/an other place")
    scored([command, "--allow", "experiments"])
    made.require_as_asked(made.jobs())
    scored([word.replace("clip_distance,", "") for word in made.scoring(job)])
    with pytest.raises(UserError, match=r"gan.json was scored with metrics=\[kid_efflite0,motion.*; delete that file"):
        made.require_as_asked(made.jobs())
    scored([*made.scoring(job), "num_clips=8"])
    with pytest.raises(UserError, match="was scored with num_clips=8, now it is None"):
        made.require_as_asked(made.jobs())
    scored(made.scoring(job), images_seen=2000)
    with pytest.raises(UserError, match="was scored after 2000 images, and its run has seen 4000"):
        made.require_as_asked(made.jobs())
    made.row(job).unlink()
    older = row("real", 0.0, kind="reference") | {"command": "kineograph evaluate"}
    (folder / "real.json").write_text(json.dumps(older))
    with pytest.raises(UserError, match="real.json was scored with data=None, now it is fluent_emoji"):
        made.require_as_asked(made.jobs())
    (folder / "jitter.json").unlink()  # all of them will be scored anew
    made.require_as_asked(made.jobs())


def test_values_with_spaces_are_settings():
    command = "kineograph evaluate run=/a b/c metrics=[kid] protocol.codec=h264 crf 23 metrics=[fid] --allow own out=d"
    assert RUN["settings"](command) == {"protocol.codec": "h264 crf 23", "metrics": "[fid]"}


def test_seeds_of_two_protocols_make_no_row(tmp_path):
    rows = [row("a", 1.0), row("a", 2.0, hash_="2")]
    with pytest.raises(UserError, match="not measured under one protocol"):
        RUN["joined"](rows, [tmp_path, tmp_path], 2)


def test_equal_images_are_those_of_the_slowest(tmp_path):
    made = zoo("mocogan", tmp_path)
    timed, counted = ([job for job in made.jobs() if job.table == table] for table in ("equal_time", "equal_clips"))
    with pytest.raises(UserError, match="not known yet"):
        made.images_of(counted[0])
    for job, images in zip(timed, (41000, 9000), strict=True):
        (tmp_path / job.folder).mkdir(parents=True)
        (tmp_path / job.folder / "config.yaml").write_text(f"max_images: {images}")
    assert [made.images_of(job) for job in counted] == [["max_images=9000"]] * 2


def test_pictures_are_compared_by_their_own_distance():
    rows = [row("a", 1.0), row("a untrained", 3.0, kind="reference"), row("b", 3.0)]
    for one in rows:
        one["metrics"] = {name.replace("clip_distance", "kid_efflite0"): x for name, x in one["metrics"].items()}
        one["draws"] = {"kid_efflite0": one["draws"]["clip_distance"]}
    assert RUN["beaten"](rows[0], rows) == "untrained" and RUN["beaten"](rows[2], rows) == ""
