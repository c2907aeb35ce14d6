import pytest
import yaml

from kineograph.cli import train
from kineograph.cli.main import main
from kineograph.core.run import Run
from tests.runtime.tiny_run import CHOICES, CONF

FLAGS = ["--config-dir", CONF, "--allow", "tests"]


@pytest.mark.parametrize(
    "wrong",
    [
        "animator.acumulate=2",
        "animator=nothing",
        "animator.accumulate=x",
        "+animator.foo=1",
        "--alow=x",
        "max_images=1e5",
    ],
)
def test_a_mistake_costs_one_line_and_leaves_no_folder(tmp_path, capsys, wrong):
    assert main(["train", *CHOICES, f"runs={tmp_path}/runs", wrong, *FLAGS]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("kineograph: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("devices", ["auto", "-1", "[0,1]", "'2'"])
def test_processes_are_counted(tmp_path, capsys, devices):
    words = ["train", *CHOICES, f"runs={tmp_path}/runs", "trainer=ddp", f"trainer.devices={devices}"]
    assert main([*words, *FLAGS]) == 2
    assert "trainer.devices is the number of processes on this machine, not " in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_package_must_be_allowed(tmp_path, capsys):
    assert main(["train", *CHOICES, f"runs={tmp_path}/runs", "--config-dir", CONF]) == 2
    assert "add your own with --allow" in capsys.readouterr().err


def test_trains_and_goes_on(tmp_path, capsys):
    assert main(["train", *CHOICES, f"runs={tmp_path}", "max_images=16", "seed=7", *FLAGS]) == 0
    run = Run.open(capsys.readouterr().out.strip())
    assert run.path.parent == tmp_path
    assert run.status()["state"] == "finished"
    assert run.facts()["allowed"] == ["tests"]
    assert run.config()["seed"] == 7
    assert "${" not in (run.path / "config.yaml").read_text()
    assert main(["train", f"resume={run.path}", "max_images=24", "--allow", "tests"]) == 0
    assert run.status()["images_seen"] == 24
    assert main(["train", f"resume={run.path}", "seed=8", "--allow", "tests"]) == 2
    assert "keeps its own configuration" in capsys.readouterr().err
    assert main(["train", f"resume={tmp_path}/none"]) == 1


def test_a_run_that_kept_nothing_says_that_it_begins_anew(tmp_path, capsys):
    assert main(["train", *CHOICES, f"runs={tmp_path}", "max_images=8", "--prepare", *FLAGS]) == 0
    words = ["train", f"resume={capsys.readouterr().out.strip()}", "--allow", "tests"]
    told = "resume: it holds no checkpoint yet; it begins at the first image\n"
    assert main(words) == 0
    assert told in capsys.readouterr().err
    assert main([*words, "max_images=16"]) == 0
    assert told not in capsys.readouterr().err


def test_a_given_run_dir_must_be_new(tmp_path, capsys):
    words = ["train", *CHOICES, f"run_dir={tmp_path}/mine", "--prepare", *FLAGS]
    assert main(words) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "mine")
    assert main(words) == 2
    assert "exists; resume it" in capsys.readouterr().err


def test_nothing_is_left_when_the_folder_cannot_be_described(tmp_path, capsys, monkeypatch):
    def full(*_: object) -> None:
        raise train.UserError("no space")

    monkeypatch.setattr(Run, "describe", full)
    assert main(["train", *CHOICES, f"run_dir={tmp_path}/mine", *FLAGS]) == 1
    assert not (tmp_path / "mine").exists()


def test_cfg_job(capsys):
    assert main(["train", *CHOICES, "--cfg", "job", "--resolve", *FLAGS]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["animator"]["seed"] == 0


GAN = ["animator=gan", "debug=tiny", "callbacks=[]", "metrics=[]", "data.batch_size=4"]


def test_a_gan_trains_as_it_comes(tmp_path):
    words = [f"run_dir={tmp_path}/run", "max_images=8", "trainer.log_every_n_steps=1"]  # two batches
    assert main(["train", *GAN, *words]) == 0
    lines = (tmp_path / "run" / "metrics.csv").read_text().splitlines()
    assert len(lines) == 3 and "adversarial/frame" in lines[0]


def test_parts_of_a_gan_that_do_not_fit_are_told_before_the_codec_learns(tmp_path, capsys):
    assert main(["train", *GAN, "animator/codec=motion", f"run_dir={tmp_path}/run"]) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("kineograph: animator/codec makes latents of 8 x ")
    assert "choose an animator/generator of these latents" in line
    assert main(["train", *GAN, "animator/codec=motion", "animator/generator=motion", f"run_dir={tmp_path}/two"]) == 1
    assert "set the channels of animator.discriminators.frame and its known_channels" in capsys.readouterr().err
    assert Run.open(tmp_path / "two").status()["state"] == "failed"


def test_a_denoiser_that_does_not_fit_its_codec_is_told_in_one_line(tmp_path, capsys):
    words = [word for word in GAN if not word.startswith("animator")]
    words += ["animator=diffusion", "animator/codec=kl_2d", f"run_dir={tmp_path}/run"]
    assert main(["train", *words]) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("kineograph: animator/codec makes latents of 8 x 8 ")
    assert "set the channels (8) and known_channels (8) of animator.denoiser" in line


def test_ranks_are_launched(tmp_path, monkeypatch):
    from kineograph.runtime import launcher

    monkeypatch.setattr(launcher, "launch", lambda run, ranks: 40 + ranks)
    assert main(["train", *CHOICES, f"run_dir={tmp_path}/mine", "trainer=ddp", *FLAGS]) == 42


@pytest.mark.parametrize(("kind", "pattern"), [("simple", "*profile*.txt"), ("torch", "*profile*.json")])
def test_profilers_write_to_the_run_folder(tmp_path, kind, pattern):
    words = [*CHOICES, "callbacks=[]", f"profiler={kind}", f"run_dir={tmp_path}/run", "max_images=40"]
    assert main(["train", *words, *FLAGS]) == 0
    assert [path for path in (tmp_path / "run").glob(pattern) if path.stat().st_size > 0]


def test_a_run_for_several_machines_tells_how_it_is_started(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    words = [*CHOICES, "trainer=ddp_multinode", f"run_dir={tmp_path}/run"]
    assert main(["train", *words, *FLAGS]) == 1
    assert "on each of them: torchrun --nnodes=2 --nproc-per-node=2" in capsys.readouterr().err
