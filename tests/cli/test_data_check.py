"""``kineograph data validate`` and ``inspect``: every bad file is named, none ends or stops the check."""

import json
import time

import pytest
import torch

from kineograph.cli.data import main
from kineograph.cli.data_check import printable
from kineograph.core.errors import ConfigError, UserError
from kineograph.core.video import write
from tests.data.check.bad_films import bad_folder, film, scene


def test_every_kind_of_bad_file_is_named(tmp_path, capsys):
    folder = tmp_path / "films"
    told = bad_folder(folder)
    started = time.monotonic()
    assert main(["validate", str(folder), "--processes", "1", "--seconds", "20"]) == 1
    assert time.monotonic() - started < 120
    lines = capsys.readouterr().out.splitlines()
    missed = {
        name: words
        for name, words in told.items()
        if not any(line.split(": ", 1)[1].startswith(name + ": ") and words in line for line in lines if ": " in line)
    }
    assert not missed, "\n".join([*map(str, missed.items()), *lines])
    assert len(told) >= 25
    for words in ("mixed frames a second", "mixed sizes", "wrong nesting: test, train", "a/bad\ufffd name.mp4"):
        assert any(words in line for line in lines), words
    sound = [line for line in lines if "twin_1.mp4: " in line or "matroska.mkv" in line]
    assert all("mixed" in line for line in sound), sound


def test_a_sound_folder(tmp_path, capsys):
    for place in range(4):
        kind = (".mp4", ".webm", ".avi", ".gif")[place]
        write_to = tmp_path / "films" / ("cat" if place % 2 else "dog") / f"{place}{kind}"
        if kind == ".gif":
            write(write_to, torch.from_numpy(scene(place)), 12, {})
        else:
            film(write_to, scene(place), {".mp4": "libx264", ".webm": "libvpx", ".avi": "mpeg4"}[kind])
    assert main(["validate", str(tmp_path / "films"), "--processes", "1"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'films'}: 4 films, 64 frames: sound\n"


def test_inspect_writes_a_page(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path / "stores"))
    for place in range(3):
        write(tmp_path / "films" / f"{place}.gif", torch.from_numpy(scene(place)), 12, {})
    page = tmp_path / "page.html"
    given = ["video_folder", f"data.source.folder={tmp_path / 'films'}"]
    main(["prepare", *given, "--processes", "1"])
    capsys.readouterr()
    assert main(["inspect", *given, "-o", str(page)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(page)
    assert page.read_text().count("<figure>") == 3
    manifest = next((tmp_path / "stores").glob("*/manifest.jsonl"))
    rows = [json.loads(line) for line in manifest.read_text().splitlines()]
    rows[1]["shard"] = "../" + rows[1]["shard"]
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["validate", str(manifest.parent)]) == 1
    said = capsys.readouterr().out
    assert "leads out of the store" in said and "changed since" in said and "2 errors" in said


def test_inspect_of_drawn_films(tmp_path, capsys):
    page = tmp_path / "page.html"
    assert main(["inspect", "moving_shapes", "data.source.num_clips=6", "-o", str(page)]) == 0
    assert "6 films" in capsys.readouterr().out and "classes" in page.read_text()


def test_wrong_words(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        main(["validate", str(tmp_path / "none")])
    with pytest.raises(UserError, match="holds no films"):
        main(["validate", str(tmp_path)])
    with pytest.raises(ConfigError, match="Did you mean 'tiny'"):
        main(["validate", str(tmp_path), "--clip", "tinny"])
    assert printable("a\n\udcff\x1b[31m") == "a \ufffd\ufffd[31m"
