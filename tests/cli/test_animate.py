import math
import tarfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
import torch
import yaml
from omegaconf import OmegaConf
from PIL import Image

from kineograph.cli.animate import condition_of, fitted, labelled, moved, needs_frames, prompted, steps_of
from kineograph.cli.compose import compose
from kineograph.cli.main import main
from kineograph.core.build import build, conf_dir
from kineograph.core.errors import ConfigError
from kineograph.core.video import read, read_metadata, to_float
from kineograph.data.captions import encode_caption
from kineograph.runtime.worker import work
from tests.core.file_server import FileServer
from tests.runtime.tiny_part import TinyAnimator
from tests.runtime.tiny_run import tiny_run

CLIP = {"channels": 3, "num_tokens": 2, "text_dim": 3}


def test_any_size_comes_out_at_its_own_size(tmp_path, capsys):
    run = tiny_run(tmp_path / "run", "max_images=8")
    work(run)
    picture = tmp_path / "a picture = odd.png"
    Image.new("RGB", (37, 21), (10, 200, 30)).save(picture)
    out = tmp_path / "out.png"
    words = ["animate", str(picture), "-o", str(out), f"run={run.path}", "seed=4", "--frames", "3", "--allow", "tests"]
    assert main(words) == 0
    assert capsys.readouterr().out.strip() == str(out)
    strip = read(out).frames[0]
    assert strip.shape == (21, 3 * 37, 3)
    assert (strip[:, :37] == torch.tensor([10, 200, 30], dtype=torch.uint8)).all()  # the picture itself comes first
    assert read_metadata(out)["seed"] == "4"
    first = strip.clone()
    assert main(words) == 0
    assert torch.equal(read(out).frames[0], first)
    assert main([*words[:5], "seed=5", *words[6:]]) == 0
    assert not torch.equal(read(out).frames[0], first)


def test_the_film_is_post_processed_in_the_order_asked_for(tmp_path, capsys):
    run = tiny_run(tmp_path / "run", "max_images=8")
    work(run)
    picture = tmp_path / "p.png"
    Image.new("RGB", (40, 20), (10, 200, 30)).save(picture)
    words = ["animate", str(picture), f"run={run.path}", "--allow", "tests", "--frames", "3", "--fps", "10"]
    steps = ["postprocess=[interpolate,upscale]", "postprocess.upscale.factor=3"]
    assert main([*words, *steps, "-o", str(tmp_path / "out.webp")]) == 0
    film = read(tmp_path / "out.webp")
    assert film.frames.shape == (5, 60, 120, 3)
    assert film.fps == pytest.approx(20)
    assert main([*words, "postprocess=[deflikker]", "-o", str(tmp_path / "no.webp")]) == 2
    assert "Did you mean 'deflicker'" in capsys.readouterr().err
    assert not (tmp_path / "no.webp").exists()
    assert [type(step).__name__ for step in steps_of(["postprocess=[smooth,deflicker]"], [])] == ["Smooth", "Deflicker"]


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["-o", "x.mp4"], 2, "wants one picture"),
        (["p.png", "-o", "x.avi"], 2, "films are written as"),
        (["p.png", "-o", "x.mp4", "seed=x"], 2, "a whole number"),
        (["p.png", "-o", "x.mp4"], 1, "no such file"),
    ],
)
def test_mistakes(words, code, line, capsys):
    assert main(["animate", *words]) == code
    assert line in capsys.readouterr().err


def test_large_pictures_shrink_and_keep_their_aspect():
    assert fitted(torch.zeros(1, 1, 3, 300, 1024)).shape[-2:] == (150, 512)
    assert fitted(torch.zeros(1, 1, 3, 300, 100)).shape[-2:] == (300, 100)


def test_the_picture_is_the_first_frame():
    source = to_float(torch.full((1, 4, 6, 3), 255, dtype=torch.uint8))[None]
    condition = condition_of(source, CLIP, 5, 10.0)
    assert condition.known[:, 0].eq(1).all()
    assert condition.known[:, 1:].eq(0).all()
    assert condition.mask.sum() == 24
    assert condition.times[0].tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert condition_of(source, CLIP | {"channels": 1}, 5, 10.0).known[:, 0].allclose(torch.ones(()), atol=1e-6)
    with pytest.raises(ConfigError, match="at least one frame"):
        condition_of(source, CLIP, 0, 10.0)


def test_a_prompt_is_read_by_the_encoder_of_the_run(tmp_path, capsys):
    condition = condition_of(None, CLIP | {"height": 4, "width": 6}, 2, 10.0)
    words = {"_target_": "kineograph.data.encoders.words.Words"}
    data = {"task": {"tell_text": True}, "text": words, "num_tokens": 2, "text_dim": 3}
    told = prompted(condition, "cat", data)
    assert told.text_mask.tolist() == [[True, False]] and torch.equal(told.text[0], encode_caption("cat", 2, 3)[0])
    run = tiny_run(tmp_path / "run", "max_images=8")
    work(run)
    words = ["--prompt", "cat", "--no-picture", "--allow", "tests", "-o", str(tmp_path / "out.png")]
    assert main(["animate", f"run={run.path}", *words]) == 2
    assert "trained without captions" in capsys.readouterr().err


def source_of(*words: str) -> dict:
    plain = OmegaConf.to_container(compose("train", list(words), []).config.data.source, resolve=True)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def test_a_class_is_told_by_name_or_number(tmp_path):
    condition = condition_of(None, CLIP | {"height": 4, "width": 6}, 2, 10.0)
    data = {"task": {"tell_label": True}, "num_classes": 16, "source": source_of()}
    name = build(data["source"]).open().classes[5]
    assert labelled(condition, name, data).label.tolist() == labelled(condition, "5", data).label.tolist() == [5]
    with pytest.raises(ConfigError, match="the run knows the classes 0 to 15"):
        labelled(condition, "16", data)
    with pytest.raises(ConfigError, match=f"have no such class. Did you mean '{name}'"):
        labelled(condition, name + "s", data)
    gone = source_of("data=array", f"data.source.path={tmp_path}/gone.npy")
    with pytest.raises(ConfigError, match="names are kept with the data .*; give a number, 0 to 15"):
        labelled(condition, name, data | {"source": gone})
    with pytest.raises(ConfigError, match="trained without classes; train one with data.task.tell_label=true"):
        labelled(condition, "5", data | {"task": {"tell_label": False}})


def test_motion_is_told_in_the_unit_of_training():
    condition = condition_of(None, CLIP | {"height": 4, "width": 6}, 2, 10.0)
    data = {"task": {"tell_motion": True}}
    assert moved(condition, 0.5, data).motion.tolist() == [0.5]
    for wrong in (-1.0, math.nan, math.inf):
        with pytest.raises(ConfigError, match="a number, 0 for none"):
            moved(condition, wrong, data)
    with pytest.raises(ConfigError, match="train one with data.task.tell_motion=true"):
        moved(condition, 0.5, {"task": {"tell_motion": False}})


def test_what_is_told_reaches_the_animator(tmp_path, monkeypatch):
    run = tiny_run(tmp_path / "run", "max_images=8")
    work(run)
    config = run.config()
    config["data"] |= {"task": {"tell_label": True, "tell_motion": True}, "num_classes": 16}
    (run.path / "config.yaml").write_text(yaml.safe_dump(config))
    seen = []
    animate = TinyAnimator.animate
    monkeypatch.setattr(
        TinyAnimator,
        "animate",
        lambda self, condition, noise: seen.append(condition) or animate(self, condition, noise),
    )
    words = ["animate", f"run={run.path}", "--no-picture", "--allow", "tests", "-o", str(tmp_path / "out.png")]
    assert main([*words, "--label", "3", "--motion", "0.25"]) == main(words) == 0
    assert [(c.label.item(), c.motion.item()) for c in seen[:1]] == [(3, 0.25)]
    assert seen[1].label.item() == -1 and seen[1].motion.isnan().all()


def test_picture_and_run_may_lie_elsewhere(tmp_path, capsys, monkeypatch):
    """By URL with their sums; what a URL names does not choose what is run."""
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path / "cache"))
    run = tiny_run(tmp_path / "run", "max_images=8")
    work(run)
    picture = tmp_path / "p.png"
    Image.new("RGB", (40, 20), (10, 200, 30)).save(picture)
    flags = ["--frames", "3", "--allow", "tests", "-o"]
    assert main(["animate", str(picture), f"run={run.path}", *flags, str(tmp_path / "here.png")]) == 0
    files = {"/p.png": picture.read_bytes(), "/run.tar": packed(run.path), "/bad.tar": packed(run.path, "os.system")}
    with FileServer(dict(files)) as server:
        places = {name: f"{server.url}{name}#sha256={sha256(content).hexdigest()}" for name, content in files.items()}
        words = ["animate", places["/p.png"], *flags, str(tmp_path / "there.png")]
        assert main([*words, f"run={places['/run.tar']}"]) == 0
        assert torch.equal(read(tmp_path / "here.png").frames, read(tmp_path / "there.png").frames)
        capsys.readouterr()
        assert main([*words, f"run={server.url}/run.tar"]) == 1
        assert "fetched only with its sum behind it" in capsys.readouterr().err
        assert main([*words, f"run={places['/bad.tar']}"]) == 2
        assert "'os.system' is not in an allowed package" in capsys.readouterr().err


def packed(folder: Path, target: str = "") -> bytes:
    """A .tar of a run; ``target``: with another class in its configuration."""
    config = folder / "config.yaml"
    if target:
        config.write_text(
            config.read_text().replace("_target_: tests.runtime.tiny_part.TinyAnimator", f"_target_: {target}")
        )
    whole = BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        tar.add(folder, folder.name)
    return whole.getvalue()


def test_a_model_of_windows_makes_films_of_any_length(tmp_path):
    """The shipped flow makes 8 frames at once: shorter films are their beginning, longer ones go on from their end."""
    picture = tmp_path / "picture.png"
    Image.new("RGB", (24, 24), (200, 160, 30)).save(picture)
    films = {}
    for count in (3, 8, 11):
        out = tmp_path / f"{count}.png"
        words = ["animate", str(picture), "-o", str(out), "shipped=flow", "animator.sampler.num_steps=2"]
        assert main([*words, "--frames", str(count)]) == 0
        films[count] = read(out).frames[0].unflatten(1, (count, 24))
    assert torch.equal(films[3], films[8][:, :3])
    assert torch.equal(films[11][:, :8], films[8])


def test_a_model_of_pictures_wants_one(tmp_path, capsys):
    assert main(["animate", "--no-picture", "-o", str(tmp_path / "out.png"), "shipped=gan"]) == 2
    assert "was trained to be given a picture" in capsys.readouterr().err
    task = yaml.safe_load((conf_dir() / "task" / "random_masks.yaml").read_text())
    clip = {"num_frames": 8, "channels": 3, "fps": 12.0, "text_dim": 4}
    assert not needs_frames({"clip": clip, "data": {"task": task}})
