"""Emoji drawn twice: Fluent's soft pictures, some of them moving (domain A), and OpenMoji's outlined ones (domain B).

They come as packages of the npm registry: @lobehub/fluent-emoji-3d, @lobehub/fluent-emoji-anim-1 .. -4 and openmoji.
What is trained on has no pairs; the pairs of the held-out emoji are for scoring alone.
"""

import csv
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from kineograph.core.errors import UserError
from kineograph.data.fetched import Fetched
from kineograph.data.films import HELD_OUT, group_number, split_of
from kineograph.data.packages import Package, unpacked
from kineograph.data.sources import fluent_emoji
from kineograph.data.sources.emoji_names import SELECTORS, codes_of, group_of
from kineograph.data.store_writer import Item, Shape

STILLS = Package("npm", "@lobehub/fluent-emoji-3d", "1.1.0", 15)
OPENMOJI = Package("npm", "openmoji", "17.0.0", 5)
DOMAINS = ("fluent", "comic")
FACTORS = ("domain", "pair")  # of DOMAINS; the number of the emoji, the same in both
TWINS = {"1f63a": "1f431"}  # the cat's face, of which Fluent has one picture for two emoji
MARGIN = 5 / 72  # of OpenMoji's sheet: what it leaves free on every side, beyond Fluent's own margin
ATTRIBUTION = (
    """Films whose source begins with "comic/": OpenMoji (openmoji.org) 17.0.0, the open-source emoji and icon project,
CC-BY-SA-4.0: https://creativecommons.org/licenses/by-sa/4.0/ . Drawn as pixels, cut out and laid on a background by
kineograph; they are under the same licence.
Films whose source begins with "fluent/": Fluent emoji by Microsoft, of which those of the package
@lobehub/fluent-emoji-3d do not move:

"""
    + fluent_emoji.ATTRIBUTION
)


class EmojiComic(Fetched):
    """Emoji of both sets; label = domain, group = emoji with its variants, factors = ``FACTORS``.

    A training emoji is there in one domain, chosen by its group's hash, so that no pair can be learned; a held-out one
    in both. ``packages``: of the four with moving pictures. Raises UserError when nothing can be fetched or drawn.
    """

    def __init__(
        self, *, packages: int, background: tuple[int, int, int] | list[int], height: int, width: int, channels: int,
        fps: float | int, held_out: float | int,
    ):  # fmt: skip
        if not 0 <= packages <= fluent_emoji.PACKAGES:
            raise UserError(
                f"data.source.packages is {packages}; there are 0 (stills alone) to {fluent_emoji.PACKAGES}"
            )
        self.packages = packages
        super().__init__(
            name=f"emoji_comic-{packages}of{fluent_emoji.PACKAGES}",
            command=f"kineograph data prepare emoji_comic data.source.packages={packages}",
            settings={"packages": packages},
            shape=Shape(height, width, float(fps), tuple(background), channels),
            held_out=held_out,
        )

    def about(self) -> dict[str, str]:
        return {
            "name": "emoji_comic",
            "licence": "MIT (fluent, as stated by the packages), CC-BY-SA-4.0 (comic)",
            "attribution": "Fluent emoji by Microsoft, packaged by LobeHub; OpenMoji (openmoji.org)",
        }

    def notice(self) -> str:
        return ATTRIBUTION

    def items(self) -> tuple[list[Item], list[str]]:
        try:
            import cairosvg  # noqa: F401
        except (ImportError, OSError) as error:
            what = "pip install cairosvg (the extra 'data')" if isinstance(error, ImportError) else "install libcairo2"
            raise UserError(f"OpenMoji's drawings are SVG: {what}, then run again") from error
        stills = unpacked(STILLS, "fluent-emoji-3d", fluent_emoji.picture)
        openmoji = unpacked(OPENMOJI, "openmoji-17.0.0", _drawing)
        comic = {_emoji(path.stem): path for path in sorted((openmoji / "svg").glob("*.svg")) if _emoji(path.stem)}
        folders = [stills, *(fluent_emoji.pictures(number + 1) for number in range(self.packages))]
        fluent = [(_emoji(path.stem), path) for folder in folders for path in sorted(folder.glob("*.webp"))]
        shared = sorted({emoji for emoji, _ in fluent} & comic.keys())
        if not shared:
            raise UserError(f"{stills}, {openmoji}: no emoji in common; delete them and run again")
        captions = _captions(openmoji / "openmoji.csv")
        splits = split_of(sorted({_group(emoji) for emoji in shared}), self.held_out)
        items = []
        for pair, emoji in enumerate(shared):
            group = _group(emoji)
            both, one = splits[group] == HELD_OUT, group_number(f"domain {group}") % 2
            drawn = [("comic", comic[emoji], partial(_drawn, comic[emoji]))] if both or one == 1 else []
            drawn += [("fluent", path, None) for name, path in fluent if name == emoji] if both or one == 0 else []
            for domain, path, read in drawn:
                label = DOMAINS.index(domain)
                source = f"{domain}/{path.parent.name}/{path.name}"
                said = captions.get(emoji, "")
                factors, still = (float(label), float(pair)), int(read is not None)
                items.append(Item(path, source, group, label, said, splits[group], read, factors, still))
        return items, list(DOMAINS)


def _emoji(name: str) -> tuple[int, ...]:
    """The code points that tell an emoji; none for what is not Unicode's."""
    try:
        codes = codes_of(name)
    except ValueError:
        return ()
    return tuple(code for code in codes if code not in SELECTORS)


def _group(emoji: tuple[int, ...]) -> str:
    return TWINS.get(group_of(emoji), group_of(emoji))


def _drawing(name: str) -> str | None:
    """OpenMoji's coloured drawings and its list of names."""
    inside = name.removeprefix("package/")
    if inside.startswith("color/svg/"):
        return inside.removeprefix("color/")
    return "openmoji.csv" if inside == "data/openmoji.csv" else None


def _captions(path: Path) -> dict[tuple[int, ...], str]:
    try:
        rows = csv.DictReader(path.read_text().splitlines())
        return {_emoji(row["hexcode"]): row["annotation"].replace(":", "") for row in rows}
    except (OSError, KeyError, TypeError) as error:
        raise UserError(f"{path}: not OpenMoji's list; delete {path.parent} and run again") from error


def _drawn(path: Path, background: tuple[int, int, int]) -> Iterator[tuple[float, np.ndarray]]:
    """A drawing as one frame of 256 x 256, without its outer margin."""
    import cairosvg

    whole = round(256 / (1 - 2 * MARGIN))
    try:
        content = cairosvg.svg2png(bytestring=path.read_bytes(), output_width=whole, output_height=whole)
        picture = Image.open(io.BytesIO(content)).convert("RGBA")
    except (OSError, ValueError, SyntaxError) as error:
        raise UserError(f"{path}: cannot be drawn ({error})") from error
    first = (whole - 256) // 2
    picture = picture.crop((first, first, first + 256, first + 256))
    sheet = Image.new("RGBA", picture.size, (*background, 255))
    yield 0.0, np.asarray(Image.alpha_composite(sheet, picture).convert("RGB"))
