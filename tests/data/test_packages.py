"""Packages of each registry made by hand; the real clients only where a test is marked ``download``."""

import io
import tarfile
import zipfile

import pytest

from kineograph.core.errors import UserError
from kineograph.data import packages
from kineograph.data.packages import Package, unpacked

FILES = {"data/one.txt": b"first", "data/more/two.txt": b"second", "readme": b"not wanted"}


def tar(files: dict[str, bytes], mode: str = "w:gz", link: str = "") -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=mode) as archive:
        if link:
            member = tarfile.TarInfo(link)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(member)
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return content.getvalue()


def deb(files: dict[str, bytes]) -> bytes:
    """An ar of three members, the first of odd size."""
    members = {"debian-binary": b"2.0", "control.tar.xz": tar({}, "w:xz"), "data.tar.xz": tar(files, "w:xz")}
    whole = b"!<arch>\n"
    for name, content in members.items():
        whole += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content
        whole += b"\n" * (len(content) % 2)
    return whole


def wheel(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


ARCHIVES = {
    "npm": (Package("npm", "@some/one", "1.2.0", 1), "some-one-1.2.0.tgz", tar),
    "deb": (Package("deb", "some-one", "", 1), "some-one_1.2-1_all.deb", deb),
    "wheel": (Package("wheel", "some-one", "1.2", 1), "some_one-1.2-py3-none-any.whl", wheel),
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEOGRAPH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


def keep(name: str) -> str | None:
    return name.removeprefix("data/") if name.startswith("data/") else None


@pytest.mark.parametrize("registry", ARCHIVES)
def test_the_wanted_files_are_unpacked_once(cache, registry):
    package, name, write = ARCHIVES[registry]
    (cache / name).write_bytes(write(FILES))
    folder = unpacked(package, "one", keep)
    assert folder == cache / "one"
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == {"one.txt": b"first", "more/two.txt": b"second"}
    (cache / name).write_bytes(b"no longer needed")
    assert unpacked(package, "one", keep) == folder


@pytest.mark.parametrize("registry", ARCHIVES)
def test_a_damaged_package_leaves_nothing(cache, registry):
    package, name, write = ARCHIVES[registry]
    for content in (b"", b"text", write({f"data/{n}": bytes(9999) + bytes([n]) for n in range(99)})[:-700]):
        (cache / name).write_bytes(content)
        with pytest.raises(UserError, match="damaged.*delete it"):
            unpacked(package, "one", keep)
        assert [path.name for path in cache.iterdir()] == [name]


def test_who_unpacks_later_takes_what_is_there(cache):
    package, name, write = ARCHIVES["npm"]
    (cache / name).write_bytes(write(FILES))

    def overtaken(file: str) -> str | None:
        unpacked(package, "one", keep)  # by another process, meanwhile
        return keep(file)

    assert unpacked(package, "one", overtaken) == cache / "one"
    assert sorted(path.name for path in cache.iterdir()) == sorted(["one", name])


def test_nothing_leads_out_of_the_folder(cache):
    (cache / "some-one-1.2.0.tgz").write_bytes(tar({"data/../../out.txt": b"out"}))
    with pytest.raises(UserError, match="leads out"):
        unpacked(ARCHIVES["npm"][0], "one", keep)
    (cache / "some-one-1.2.0.tgz").write_bytes(tar({"data/one.txt": b"first"}, link="data/link"))
    folder = unpacked(ARCHIVES["npm"][0], "one", keep)
    assert [path.name for path in folder.iterdir()] == ["one.txt"]


def test_what_fetches_is_missing(cache, monkeypatch):
    monkeypatch.setattr(packages.shutil, "which", lambda name, path="": None)
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    for registry, said in (("npm", "needs npm"), ("deb", "no apt-get.*some-one_"), ("wheel", "needs pip or uv")):
        with pytest.raises(UserError, match=f"{said}.*moving_shapes"):
            unpacked(ARCHIVES[registry][0], "one", keep)
    assert not list(cache.iterdir())


def test_a_client_that_fails_is_quoted(cache, monkeypatch):
    monkeypatch.setitem(packages.CLIENTS, "npm", lambda package: ["sh", "-c", "echo no network >&2; exit 1"])
    with pytest.raises(UserError, match="some/one could not be fetched: no network.*moving_shapes"):
        unpacked(ARCHIVES["npm"][0], "one", keep)
    assert not list(cache.iterdir())


def test_what_a_client_brings_is_unpacked(cache, tmp_path, monkeypatch, capsys):
    (tmp_path / "remote.tgz").write_bytes(tar(FILES))
    copy = ["cp", str(tmp_path / "remote.tgz"), "some-one-1.2.0.tgz"]
    monkeypatch.setitem(packages.CLIENTS, "npm", lambda package: copy)
    folder = unpacked(ARCHIVES["npm"][0], "one", keep)
    assert (folder / "one.txt").read_bytes() == b"first" and (cache / "some-one-1.2.0.tgz").is_file()
    assert "about 1 MB" in capsys.readouterr().err


@pytest.mark.download
@pytest.mark.parametrize(
    ("package", "file"),
    [
        (Package("npm", "isarray", "2.0.5", 1), "package/package.json"),
        (Package("deb", "hello", "", 1), "usr/bin/hello"),
        (Package("wheel", "six", "1.17.0", 1), "six.py"),
    ],
)
def test_the_real_clients(package, file):
    assert (unpacked(package, "one", lambda name: name) / file).stat().st_size > 100
