"""Files and folders named by their place here, or by a URL and the sum of its bytes: ``https://...#sha256=DIGITS``."""

import hashlib
import os
import re
import shutil
import sys
import tarfile
import tempfile
import zlib
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.parse import unquote, urldefrag, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

from kineograph.core.errors import UserError

LOOPBACK = ("127.0.0.1", "localhost", "::1")  # the only hosts that may be asked without encryption
TIMEOUT = 60.0  # seconds without an answer
BROKEN = (tarfile.TarError, EOFError, zlib.error, OSError)


def cache_folder() -> Path:
    """Where downloads are kept: KINEOGRAPH_CACHE, else ~/.cache/kineograph."""
    return Path(os.environ.get("KINEOGRAPH_CACHE", Path.home() / ".cache" / "kineograph"))


def sha256(path: Path) -> str:
    """Of the file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_url(place: str | Path) -> bool:
    return "://" in str(place)


def local_file(place: str | Path) -> Path:
    """The file itself; of a URL the copy in the cache, fetched where it is not there or no longer what it was.

    Nothing that was fetched is opened or kept before its sum is the one given. Raises UserError.
    """
    if not is_url(place):
        return Path(place)
    url, fragment = urldefrag(str(place))
    told = re.fullmatch(r"sha256=([0-9a-fA-F]{64})", fragment)
    if told is None:
        raise UserError(f"'{place}': a URL is fetched only with its sum behind it: {url}#sha256=<64 digits>")
    expected = told[1].lower()
    name = Path(unquote(urlsplit(url).path)).name or "file"
    path = cache_folder() / "fetched" / expected / name
    if not (path.is_file() and sha256(path) == expected):
        _fetch(url, expected, path)
    return path


def local_folder(place: str | Path) -> Path:
    """The folder itself; of a URL, which names a .tar or .tar.gz of it, the unpacked one in the cache."""
    if not is_url(place):
        return Path(place)
    archive = local_file(place)
    folder = archive.parent / "unpacked"
    if not folder.is_dir():
        beside = Path(tempfile.mkdtemp(dir=archive.parent, prefix=".unpacking-"))
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(beside, filter="data")  # nothing outside, no devices, no links that lead out
            os.rename(beside, folder)
        except BROKEN as error:
            if not folder.is_dir():  # another process was faster
                raise UserError(f"'{place}' is not a .tar or .tar.gz that can be unpacked: {error}") from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _fetch(url: str, expected: str, path: Path) -> None:
    _require_safe(url)
    shown = url.partition("?")[0]  # what follows may be a key
    print(f"kineograph: fetching {shown}", file=sys.stderr)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        direct = [ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
        with build_opener(_Redirects(), *direct).open(url, timeout=TIMEOUT) as answer:
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".arriving-", delete=False) as file:
                temporary = Path(file.name)
                shutil.copyfileobj(answer, file)
        if (found := sha256(temporary)) != expected:
            raise UserError(f"'{shown}' has the sha256 {found}, not {expected} as was asked for; nothing was kept")
        os.replace(temporary, path)
    except (OSError, HTTPException) as error:  # URLError is an OSError
        reason = error.reason if isinstance(error, URLError) else error
        raise UserError(f"'{shown}' cannot be fetched: {reason}; name a file of this machine instead") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


class _Redirects(HTTPRedirectHandler):
    """Followed only to where one may ask."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        _require_safe(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _require_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise UserError(f"'{url.partition('?')[0]}': files are fetched by https (http: from this machine alone)")
    if parts.username is not None:
        raise UserError(f"the URL of {parts.hostname} holds a name or password; a configuration is saved and shared")
