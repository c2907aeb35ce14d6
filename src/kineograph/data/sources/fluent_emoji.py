"""The animated Fluent emoji: some 2,100 moving pictures, 256 x 256 with alpha, 24 frames a second.

They come as four packages of the npm registry (@lobehub/fluent-emoji-anim-1 .. -4), fetched with
``npm pack``; emoji are held out whole, with all their skin tones, genders, hours and colours.
"""

from pathlib import Path

from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data.fetched import Fetched
from kineograph.data.packages import Package, cache_folder, unpacked
from kineograph.data.sources.emoji_names import CLASSES, caption_of, class_of, codes_of, group_of
from kineograph.data.store_writer import Item, Shape

PACKAGES = 4
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


class FluentEmoji(Fetched):
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

    def about(self) -> dict[str, str]:
        return {
            "name": "fluent_emoji",
            "licence": "MIT (as stated by the packages)",
            "attribution": "Fluent emoji by Microsoft, packaged by LobeHub",
        }

    def notice(self) -> str:
        return ATTRIBUTION

    def items(self) -> tuple[list[Item], list[str]]:
        items = []
        for number in range(1, self.packages + 1):
            for path in sorted(pictures(number).glob("*.webp")):
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


def pictures(number: int) -> Path:
    """The unpacked pictures of one package, from the cache or fetched into it."""
    package = Package("npm", f"@lobehub/fluent-emoji-anim-{number}", "", 180)
    return unpacked(package, f"fluent-emoji-anim-{number}", picture)


def picture(name: str) -> str | None:
    """The pictures lie flat in their folder."""
    return Path(name).name if name.endswith(".webp") else None
