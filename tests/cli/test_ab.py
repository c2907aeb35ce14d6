import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kineograph.cli.main import main

QUICK = ["num_clips=6", "data.source.num_clips=200"]


@pytest.fixture
def page(tmp_path, capsys):
    command = ["evaluate", "--ab", "references=[frozen,jitter]", "pairs=5", "pairs_with_real=3", f"out={tmp_path}/out"]
    assert main([*command, *QUICK]) == 0
    path = capsys.readouterr().out.strip()
    assert path.startswith(f"{tmp_path}/out/ab-")
    key = json.loads(next((tmp_path / "out").glob("*.key.json")).read_text())
    return Path(path).read_text(encoding="utf-8"), key


def films(html):
    """Left and right films of each pair, as the page shows them."""
    told = json.loads(re.search(r'id="pairs">(.*?)</script>', html)[1])

    def frames(address):
        sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("RGB"))
        size = sheet.shape[1] // told["columns"]
        cells = [(n // told["columns"] * size, n % told["columns"] * size) for n in range(told["frames"])]
        return np.stack([sheet[y : y + size, x : x + size] for y, x in cells])

    return [[frames(address) for address in pair] for pair in told["pairs"]]


def test_the_key_says_what_stands_on_which_side_and_the_page_does_not(page):
    html, key = page
    assert not re.search(r"frozen|jitter|shipped", html)
    shown = films(html)
    assert len(shown) == len(key["pairs"]) == 8
    for pair, facts in zip(shown, key["pairs"], strict=True):
        for film, side in zip(pair, ("left", "right"), strict=True):
            assert film.shape == (8, 32, 32, 3)
            assert (film == film[:1]).all() == (facts[side] == "frozen")
        np.testing.assert_array_equal(pair[0][0], pair[1][0])  # both animate the same picture
    sides = [facts["left"] for facts in key["pairs"] if "real" not in facts.values()]
    assert {"frozen", "jitter"} == set(sides)
    assert sum("real" in facts.values() for facts in key["pairs"]) == 3


def test_votes_are_counted_with_the_key(page, tmp_path, capsys):
    _, key = page
    choices = ["left" if facts["left"] in ("jitter", "real") and facts["right"] != "real" else "right"
               for facts in key["pairs"]]  # fmt: skip
    choices[0] = "tie"
    votes = tmp_path / "votes.json"
    votes.write_text(json.dumps({"page": key["page"], "judge": "j", "choices": choices}))
    assert main(["evaluate", "--ab", f"votes={votes}", f"out={tmp_path}/out"]) == 0
    assert "frozen" in capsys.readouterr().out
    [result] = (tmp_path / "out").glob("*.result.json")
    rows = {(row["one"], row["other"]): row for row in json.loads(result.read_text())["rows"]}
    ties = sum(row["ties"] for row in rows.values())
    assert ties == 1
    for (_, other), row in rows.items():  # frozen loses to jitter, and both to the real clips
        assert row["value"] == row["ties"] * 0.5 / row["votes"], other


def test_mistakes(tmp_path, capsys):
    for words, message in {
        ("references=[frozen]",): "sets two animators against each other, and 1 were given",
        ("votes=none.json",): "cannot be read as votes",
    }.items():
        assert main(["evaluate", "--ab", *words, *QUICK, f"out={tmp_path}"]) == 1
        line = capsys.readouterr().err.splitlines()[-1]
        assert message in line
