"""``kineograph data`` over the composed configuration."""

import pytest
import torch

from kineograph.cli.data import main
from kineograph.core.errors import ConfigError, UserError
from kineograph.core.video import write


def test_prepare_list_and_check_a_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path / "stores"))
    for place in range(3):
        write(tmp_path / "films" / f"{place}.gif", torch.full((3, 40, 40, 3), 50 * place, dtype=torch.uint8), 12, {})
    folder = f"data.source.folder={tmp_path / 'films'}"
    with pytest.raises(UserError, match="data prepare video_folder"):
        main(["check", "video_folder", folder])
    assert main(["prepare", "video_folder", folder, "--processes", "1"]) == 0
    assert "3 films, 3 frames, 3 groups; 0 films have a caption, 0 a label; " in capsys.readouterr().out
    assert main(["check", "video_folder", folder]) == 0
    assert "sound" in capsys.readouterr().out
    assert main(["list"]) == 0
    assert "moving_shapes" in capsys.readouterr().out
    shard = next((tmp_path / "stores").glob("*/*.u8"))
    shard.write_bytes(b"\1" * shard.stat().st_size)
    with pytest.raises(UserError, match="3 damaged"):
        main(["check", "video_folder", folder])


@pytest.mark.parametrize("meta", ['{"films": 3', "[3]", '{"films": 3}', "\0"])
def test_a_damaged_meta_is_named(tmp_path, monkeypatch, capsys, meta):
    monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path / "stores"))
    for name in ("one", "two"):
        write(tmp_path / name / "a.gif", torch.zeros(3, 40, 40, 3, dtype=torch.uint8), 12, {})
    one, two = ([f"data.source.folder={tmp_path / name}", "--processes", "1"] for name in ("one", "two"))
    main(["prepare", "video_folder", *one])
    damaged = next((tmp_path / "stores").glob("*/meta.json"))
    sound = damaged.read_text()
    main(["prepare", "video_folder", *two])
    damaged.write_text(meta)
    capsys.readouterr()
    assert main(["list"]) == 0
    told = capsys.readouterr()
    assert told.err.count("\n") == 1 and f"'{damaged}'" in told.err
    assert "data hash" in told.out and "two" in told.out
    with pytest.raises(UserError, match="meta.json.*; prepare the store again"):
        main(["check", "video_folder", *one[:1]])
    assert main(["prepare", "video_folder", *one]) == 0
    assert damaged.read_text() == sound


def test_names_and_nothing_to_prepare(capsys):
    assert main(["prepare", "moving_shapes", "data.source.num_clips=5"]) == 0
    assert "nothing to prepare" in capsys.readouterr().out
    assert main(["check", "moving_shapes"]) == 0
    with pytest.raises(ConfigError, match="Did you mean 'fluent_emoji'"):
        main(["prepare", "fluent_emojis"])
