import json

import pytest

from kineograph.core.confidential import redacted, require_public, secrets
from kineograph.core.errors import ConfigError
from kineograph.core.run import Run

KEY = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefgh")
    monkeypatch.setenv("KEYBOARD", "a keyboard of ten")
    monkeypatch.setenv("SSH_KEY", "/home/somebody/.ssh/id")  # a place, not a secret
    monkeypatch.setenv("SHORT_TOKEN", "x")


def test_what_counts_as_a_secret():
    found = secrets()
    assert {found[KEY], found["hf_abcdefgh"]} == {"WANDB_API_KEY", "HF_TOKEN"}
    assert not {"KEYBOARD", "SSH_KEY", "SHORT_TOKEN"} & set(found.values())


def test_a_configuration_with_a_secret_is_refused_without_telling_it():
    require_public({"a": ["fine", 3, None], "home": "/home/somebody/.ssh/id"})
    with pytest.raises(ConfigError, match=r"logger.wandb.1 holds the value .* WANDB_API_KEY") as raised:
        require_public({"logger": {"wandb": ["x", f"key={KEY}"]}})
    assert KEY not in str(raised.value)


def test_nothing_in_the_run_folder_holds_it(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["kineograph", "train", f"+x={KEY}"])
    run = Run.claim_at(tmp_path / "run")
    run.describe({"seed": 0, "run_dir": str(run.path)}, [f"name={KEY}"], {}, [])
    assert run.facts()["command"] == ["kineograph", "train", "+x=<WANDB_API_KEY>"]
    assert json.loads((run.path / "overrides.json").read_text())["overrides"] == ["name=<WANDB_API_KEY>"]
    for path in run.path.iterdir():
        assert KEY not in path.read_text()
    assert redacted("hf_abcdefgh!") == "<HF_TOKEN>!"
