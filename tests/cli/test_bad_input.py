"""Bad input of every kind, as a user gives it: one clear line, an exit code that is not 0, and nothing lost."""

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from kineograph.cli.main import main
from kineograph.core.run import Run
from kineograph.core.video import read, write
from kineograph.runtime.checkpoint_store import sha256, sidecar
from kineograph.runtime.worker import work
from tests.runtime.quickstarts import words
from tests.runtime.test_worker import newest
from tests.runtime.tiny_run import tiny_run


def told(capsys: pytest.CaptureFixture, arguments: list[str], code: int = 1) -> str:
    """The one line that the command prints as it fails."""
    capsys.readouterr()
    assert main(arguments) == code
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("kineograph: ") and "Traceback" not in line
    return line


def quiet(folder: Path, *overrides: str) -> list[str]:
    return words("flow", folder, "callbacks=[checkpoint]", "logger=[csv]", *overrides)


def film(path: Path) -> Path:
    frames = torch.randint(0, 255, (12, 32, 32, 3), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    return write(path, frames, 12.0, {})


@pytest.fixture
def films(tmp_path, monkeypatch) -> Path:
    """An empty folder for films, and a place for stores."""
    monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path / "stores"))
    (tmp_path / "films").mkdir()
    return tmp_path / "films"


def prepare(folder: Path) -> list[str]:
    return ["data", "prepare", "video_folder", f"data.source.folder={folder}", "--processes", "1"]


def test_an_empty_data_folder(films, capsys):
    assert "holds no films" in told(capsys, prepare(films))
    assert "no such folder" in told(capsys, prepare(films / "none"))
    unprepared = ["train", "data=video_folder", f"data.source.folder={films}", "callbacks=[]", f"run_dir={films}/run"]
    assert "kineograph data prepare video_folder" in told(capsys, unprepared)


def test_one_clip(tmp_path, capsys):
    one = ["data.source.num_clips=1", "data.batch_size=1", "max_images=2"]
    looking = ["callbacks=[preview,checkpoint]"]
    line = told(capsys, quiet(tmp_path / "looking", *one, *looking))
    assert "no clip is held out" in line
    assert not list((tmp_path / "looking").rglob("*.ckpt"))  # told before anything was trained
    assert main(quiet(tmp_path / "blind", *one)) == 0
    assert newest(Run.open(tmp_path / "blind"))["images_seen"] == 2


def test_a_batch_larger_than_the_data(tmp_path, capsys):
    line = told(capsys, quiet(tmp_path / "run", "data.batch_size=61"))
    assert "data.batch_size is 61" in line and "make it" in line


def test_damaged_films_are_skipped_by_name_and_the_others_kept(films, capsys):
    whole = film(films / "good.mp4").read_bytes()
    (films / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (films / "renamed.mp4").write_text("not a film")
    assert main(prepare(films)) == 0
    out = capsys.readouterr().out
    assert "1 films" in out and "cut.mp4" in out and "renamed.mp4" in out
    (films / "good.mp4").unlink()
    line = told(capsys, ["data", "prepare", "video_folder", f"data.source.folder={films}", "data.source.fps=12"])
    assert "film" in line


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    made = tiny_run(tmp_path_factory.mktemp("runs") / "run", "max_images=8")
    assert work(made) == 0
    return made


def animated(run: Run, picture: Path, out: Path) -> list[str]:
    return ["animate", str(picture), "-o", str(out), f"run={run.path}", "--frames", "2", "--allow", "tests"]


def pictures(folder: Path) -> dict[str, Path]:
    """An orange picture of 20 x 12 pixels in every mode that files come in."""
    plain = Image.new("RGB", (20, 12), (240, 120, 0))
    see_through = plain.convert("RGBA")
    see_through.putalpha(0)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    made = {
        "alpha": (see_through, "png", {}),
        "palette": (plain.convert("P"), "png", {}),
        "16 bits": (Image.fromarray(np.full((12, 20), 30000, dtype=np.uint16)), "png", {}),
        "CMYK": (plain.convert("CMYK"), "jpg", {}),
        "EXIF rotation": (plain, "jpg", {"exif": exif}),
    }
    for name, (picture, ending, options) in made.items():
        picture.save(folder / f"{name}.{ending}", **options)
    return {name: folder / f"{name}.{ending}" for name, (_, ending, _) in made.items()}


@pytest.mark.parametrize(
    ("kind", "colour", "size"),
    [
        ("alpha", (255, 255, 255), (12, 20)),
        ("palette", (240, 120, 0), (12, 20)),
        ("16 bits", (117, 117, 117), (12, 20)),
        ("CMYK", (240, 120, 0), (12, 20)),
        ("EXIF rotation", (240, 120, 0), (20, 12)),
    ],
)
def test_pictures_of_any_mode_are_animated_as_they_look(run, tmp_path, kind, colour, size):
    assert main(animated(run, pictures(tmp_path)[kind], tmp_path / "out.png")) == 0
    strip = read(tmp_path / "out.png").frames[0]
    assert strip.shape == (size[0], 2 * size[1], 3)
    assert (strip[:, : size[1]].float() - torch.tensor(colour)).abs().max() <= 40  # jpeg, a palette of web colours


def test_pictures_that_are_none(run, tmp_path, capsys):
    whole = pictures(tmp_path)["CMYK"].read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "empty.png").touch()
    film(tmp_path / "film.mp4").rename(tmp_path / "film.png")
    for name, word in {"cut.jpg": "cut off", "text.png": "renamed", "empty.png": "empty", "film.png": "film"}.items():
        line = told(capsys, animated(run, tmp_path / name, tmp_path / "out.mp4"))
        assert name in line and word in line
    assert not (tmp_path / "out.mp4").exists()


def test_folders_that_cannot_be_written(run, tmp_path, capsys):
    """A file stands where a folder is wanted: that stops root as well."""
    (tmp_path / "file").touch()
    line = told(capsys, quiet(tmp_path / "file" / "run"))
    assert "cannot make the run folder" in line and "file" in line
    picture = pictures(tmp_path)["palette"]
    assert "cannot be written" in told(capsys, animated(run, picture, tmp_path / "file" / "out.mp4"))
    many = [word for word in quiet(tmp_path) if not word.startswith("run_dir=")]
    assert "set runs=DIR" in told(capsys, [*many, f"runs={tmp_path}/file"])


def test_a_loss_that_is_not_finite_stops_before_the_update(tmp_path, capsys):
    exploding = ["animator.optimizer.lr=1.0e38", "animator.grad_clip=null", "callbacks.checkpoint.every_images=4"]
    line = told(capsys, quiet(tmp_path / "run", *exploding))
    assert "denoising is not finite after" in line and "clips of the batch" in line
    run = Run.open(tmp_path / "run")
    assert run.status()["state"] == "failed"
    facts = json.loads((run.path / "failure-rank-0.json").read_text())
    assert facts["clips"] and all(str(key) in line for key in facts["clips"])
    assert all(tensor.isfinite().all() for tensor in newest(run)["animator"].values())


class Malicious:
    def __init__(self, canary: Path):
        self.canary = canary

    def __reduce__(self):
        return os.system, (f"touch '{self.canary}'",)


def test_a_pickle_in_the_checkpoints_is_refused_and_not_run(tmp_path, capsys):
    run = tiny_run(tmp_path / "run", "max_images=8")
    assert work(run) == 0
    evil = run.checkpoints / "images-000000000099.ckpt"
    evil.write_bytes(pickle.dumps({"animator": Malicious(tmp_path / "canary")}, 2))
    sidecar(evil).write_text(sha256(evil))
    picture = pictures(tmp_path)["palette"]
    commands = [["train", f"resume={run.path}", "--allow", "tests"], animated(run, picture, tmp_path / "out.mp4")]
    for arguments in commands:
        assert "refused" in told(capsys, arguments)
    assert not (tmp_path / "canary").exists()
    evil.unlink()
    assert newest(run)["images_seen"] == 8


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("animator.grad_clop=1", "grad_clip"),
        ("animator/denoiser=dti", "dit"),
        ("dta=moving_shapes", "data"),
        ("animator.denoiser.dim=wide", "int"),
    ],
)
def test_an_unknown_key_group_choice_or_value(tmp_path, capsys, wrong, hint):
    assert hint in told(capsys, quiet(tmp_path / "run", wrong), code=2)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["animator.sampler.num_steps=0"], "sampler.num_steps=0: 1 is the least"),
        (["procedure=inpaint", "procedure.region=[0.0,0.5,1.0]"], "region=[0.0, 0.5, 1.0]: 4 shares are wanted"),
        (["procedure=cascade", "procedure.height=0"], "procedure.height=0: 1 is the least"),
        (["postprocess=[upscale]", "postprocess.upscale.factor=0"], "postprocess.upscale.factor=0: 1 is the least"),
        (["--fps", "inf"], "--frames 8 --fps inf: at least one frame, 0.01 to 1000 a second"),
        ([f"seed={2**63}"], "a seed is a whole number below 2**63"),
    ],
)
def test_numbers_out_of_range(tmp_path, capsys, words, line):
    picture = film(tmp_path / "picture.png")
    arguments = ["animate", str(picture), "-o", str(tmp_path / "film.mp4"), "shipped=flow", *words]
    assert line in told(capsys, arguments, 2 if "seed" in words[0] or "--fps" in words else 1)
    assert not (tmp_path / "film.mp4").exists()
