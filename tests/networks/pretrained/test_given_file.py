import hashlib

import pytest

from kineograph.core.errors import UserError
from kineograph.networks.pretrained.given_file import given_file
from tests.core.file_server import FileServer

WORDS = ("FVD", "i3d.pt (its makers)", "clip_distance")


def test_the_right_file_is_taken(tmp_path):
    path = tmp_path / "weights.pt"
    path.write_bytes(b"right")
    expected = hashlib.sha256(b"right").hexdigest()
    assert given_file(str(path), expected[:8], *WORDS) == path
    assert given_file(str(path), None, *WORDS) == path


@pytest.mark.parametrize("name", ["weights.pt", "none.pt", "."])
def test_a_missing_or_wrong_file_names_itself_and_the_offline_metric(tmp_path, name):
    (tmp_path / "weights.pt").write_bytes(b"wrong")
    with pytest.raises(UserError, match="i3d.pt.*clip_distance") as told:
        given_file(str(tmp_path / name), "0" * 8, *WORDS)
    assert str(tmp_path) in str(told.value) and "\n" not in str(told.value)


def test_a_url_with_its_sum(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path))
    digits = hashlib.sha256(b"right").hexdigest()
    with FileServer({"/weights.pt": b"right"}) as server:
        assert given_file(f"{server.url}/weights.pt#sha256={digits}", digits, *WORDS).read_bytes() == b"right"
        with pytest.raises(UserError, match="is not the weight file that FVD are named after"):
            given_file(f"{server.url}/weights.pt#sha256={digits}", "0" * 8, *WORDS)
        with pytest.raises(UserError, match="only with its sum"):
            given_file(f"{server.url}/weights.pt", digits, *WORDS)
