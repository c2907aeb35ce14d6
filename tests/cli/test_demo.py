import json
from pathlib import Path

import pytest
import yaml

from kineograph.cli import demo
from kineograph.cli.demo import Demo, draw
from kineograph.cli.main import main
from kineograph.core.errors import UserError
from kineograph.core.video import read


class Played(Demo):
    """Does what the commands would leave behind."""

    def __init__(self, *, out: Path, data: str, max_images: int | None, fails: tuple[str, ...] = ()):
        super().__init__(out=out, data=data, max_images=max_images)
        self.calls: list[tuple[str, ...]] = []
        self.fails = fails

    def call(self, *words: str, must: bool = True) -> bool:
        self.calls.append(words)
        if words[0] in self.fails:
            return False
        if words[0] == "train" and not words[1].startswith("resume"):
            folder = Path(words[-1].removeprefix("run_dir="))
            folder.mkdir(parents=True)
            (folder / "config.yaml").write_text(yaml.safe_dump({"max_images": 8}))
            (folder / "status.json").write_text(json.dumps({"state": "finished", "images_seen": 8}))
        if words[0] == "evaluate":
            out = Path(words[-1].removeprefix("out="))
            out.mkdir()
            for family in demo.FAMILIES:
                (out / f"quickstart_{family}.json").write_text("{}")
        if words[0] == "animate":
            Path(words[words.index("-o") + 1]).write_text("film")
        return True


def test_the_whole_tour_and_a_second_one(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "_is_shipped", lambda name: name == "gan")
    first = Played(out=tmp_path / "demo", data="full", max_images=8)
    assert first.play() == (tmp_path / "demo" / "report.html")
    assert [words[0] for words in first.calls] == [
        "animate", "data", "train", "train", "evaluate", "animate", "animate", "report",
    ]  # fmt: skip
    assert first.calls[1][3] == "data.source.packages=4"
    assert "shipped=[gan]" in first.calls[4]
    second = Played(out=tmp_path / "demo", data="full", max_images=8)
    second.play()
    assert [words[0] for words in second.calls] == ["data", "report"]
    third = Played(out=tmp_path / "demo", data="full", max_images=16)
    third.play()
    assert [words[1:] for words in third.calls if words[0] == "train"] == [
        (f"resume={tmp_path}/demo/runs/quickstart_{family}", "max_images=16") for family in demo.FAMILIES
    ]


def test_goes_on_with_drawn_shapes(tmp_path):
    played = Played(out=tmp_path, data="1", max_images=None, fails=("data",))
    assert played.prepare() == ["data=moving_shapes"]
    assert Played(out=tmp_path, data="shapes", max_images=None).prepare() == ["data=moving_shapes"]


def test_main(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Demo, "play", lambda self: self.out / "report.html")
    assert main(["demo", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.strip() == f"{tmp_path}/report.html"


def test_a_failing_command(tmp_path, capsys):
    failing = Demo(out=tmp_path, data="1", max_images=None)
    assert failing.call("nonsense", must=False) is False
    with pytest.raises(UserError, match="ended with exit code 2"):
        failing.call("nonsense")
    assert "$ kineograph nonsense" in capsys.readouterr().out


def test_the_drawing(tmp_path):
    assert read(draw(tmp_path / "p.png")).frames.shape == (1, 256, 256, 3)
