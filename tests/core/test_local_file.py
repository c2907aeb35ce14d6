import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from kineograph.core.errors import UserError
from kineograph.core.local_file import is_url, local_file, local_folder
from kineograph.core.run import Run
from tests.core.file_server import FileServer

CONTENT = b"weights" * 1000
SUM = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def kept(cache):
    return [path for path in cache.rglob("*") if path.is_file()]


def test_a_place_here_is_itself():
    assert local_file("some/file.pt") == local_file(Path("some/file.pt"))
    assert str(local_folder("some/folder")) == "some/folder"
    assert not is_url("some/file:colon#sha256=1")


def test_fetched_once_and_kept_by_its_sum(cache, capsys):
    with FileServer({"/some%20name.pt": CONTENT}) as server:
        place = f"{server.url}/some%20name.pt?key=abc#sha256={SUM.upper()}"
        path = local_file(place)
        assert path == cache / "fetched" / SUM / "some name.pt"
        assert path.read_bytes() == CONTENT
        assert local_file(place) == path
        assert len(server.asked) == 1
        said = capsys.readouterr().err
        assert f"fetching {server.url}/some%20name.pt" in said
        assert "abc" not in said
        path.write_bytes(CONTENT[:-1])  # a copy that was damaged since is fetched again
        assert local_file(place).read_bytes() == CONTENT
        assert kept(cache) == [path]
    assert local_file(place) == path  # without the server


def test_another_file_is_refused_with_both_sums_and_not_kept(cache):
    other = hashlib.sha256(b"other").hexdigest()
    with FileServer({"/file": CONTENT}) as server:
        with pytest.raises(UserError, match=f"has the sha256 {SUM}, not {other} as was asked for; nothing was kept"):
            local_file(f"{server.url}/file#sha256={other}")
    assert kept(cache) == []


def test_a_transfer_that_breaks_off_is_not_kept(cache):
    with FileServer({"/file": CONTENT}, short=10) as server:
        with pytest.raises(UserError, match="nothing was kept"):
            local_file(f"{server.url}/file#sha256={SUM}")
    assert kept(cache) == []


@pytest.mark.parametrize("fragment", ["", "#", "#sha256=", f"#sha256={SUM[:-1]}", f"#md5={SUM}", f"#sha256={SUM}0"])
def test_no_url_without_a_whole_sum(fragment):
    with FileServer({"/file": CONTENT}) as server:
        with pytest.raises(UserError, match=r"fetched only with its sum behind it: .*/file#sha256=<64 digits>"):
            local_file(f"{server.url}/file{fragment}")
        assert server.asked == []


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        ("http://example.org/file?key=abc", "by https"),  # only loopback without encryption
        ("http://127.0.0.1.example.org/file", "by https"),
        ("ftp://example.org/file", "by https"),
        ("file:///etc/passwd", "by https"),
        ("https://me:abc@example.org/file", "holds a name or password"),
    ],
)
def test_only_where_one_may_ask(url, answer):
    with pytest.raises(UserError, match=answer) as told:
        local_file(f"{url}#sha256={SUM}")
    assert "abc" not in str(told.value)


def test_sent_on_only_to_where_one_may_ask():
    with FileServer({"/file": CONTENT}) as second:
        files = {"/good": f"{second.url}/file", "/bad": "http://example.org/file", "/worse": "file:///etc/passwd"}
        with FileServer(files) as first:
            assert local_file(f"{first.url}/good#sha256={SUM}").read_bytes() == CONTENT
            for name in ("bad", "worse"):
                with pytest.raises(UserError, match="by https|cannot be fetched"):
                    local_file(f"{first.url}/{name}#sha256={'0' * 64}")


def test_a_server_that_has_it_not_or_is_not_there():
    with FileServer({}) as server:
        with pytest.raises(UserError, match="cannot be fetched: Not Found; name a file of this machine"):
            local_file(f"{server.url}/file#sha256={SUM}")
    with pytest.raises(UserError, match="cannot be fetched: .*refused"):
        local_file(f"{server.url}/file#sha256={SUM}")


def packed(**files: bytes) -> bytes:
    """A .tar.gz; a name that holds ``up`` leads out of it."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("up", "../..").replace("__", "/") + ".yaml")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return whole.getvalue()


def test_a_run_that_was_packed_is_opened(cache):
    archive = packed(run__config=b"seed: 3")
    with FileServer({"/run.tar.gz": archive}) as server:
        place = f"{server.url}/run.tar.gz#sha256={hashlib.sha256(archive).hexdigest()}"
        assert Run.open(place).config() == {"seed": 3}
        assert local_folder(place).name == "run"
        assert Run.open(place).path.is_relative_to(os.path.realpath(cache))
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "archive",
    [packed(up__evil=b"x"), b"no archive", packed(config=b"x" * 9999)[:60]],
    ids=[
        "leads out",
        "none",
        "cut short",
    ],  # gzip writes the time down: by their bytes they differ from worker to worker
)
def test_an_archive_that_leads_out_or_is_none(cache, archive):
    with FileServer({"/run.tar": archive}) as server:
        with pytest.raises(UserError, match="not a .tar or .tar.gz that can be unpacked"):
            local_folder(f"{server.url}/run.tar#sha256={hashlib.sha256(archive).hexdigest()}")
    assert [path.name for path in kept(cache)] == ["run.tar"]
