"""``kineograph demo``: the whole tour in plain commands, each printed before it runs."""

import argparse
import shlex
import subprocess
import sys
import time
from pathlib import Path

import yaml
from PIL import Image, ImageDraw
from rich.console import Console

from kineograph.core.errors import UserError
from kineograph.core.run import Run
from kineograph.runtime.loaded import shipped_folder

PACKAGES = {"1": 1, "4": 4, "full": 4}
FAMILIES = ("gan", "flow")


class Demo:
    """The stages; a stage whose result lies in ``out`` already is not run again."""

    def __init__(self, *, out: Path, data: str, max_images: int | None):
        self.out = out
        self.data = data
        self.max_images = max_images
        self.begun = time.monotonic()
        self.console = Console(stderr=True)

    def play(self) -> Path:
        """Runs all stages; returns the page."""
        self.out.mkdir(parents=True, exist_ok=True)
        shipped = [name for name in FAMILIES if _is_shipped(name)]
        drawn = draw(self.out / "picture.png")
        for name in shipped:
            film = self.out / f"shipped_{name}.mp4"
            if self.needs(film, f"a picture animated by the shipped {name} model"):
                self.call("animate", str(drawn), "-o", str(film), f"shipped={name}")
        data = self.prepare()
        runs = [self.train(family, data) for family in FAMILIES]
        rows = self.evaluate(runs, shipped)
        for run in runs:
            film = self.out / f"{run.name}.mp4"
            if self.needs(film, f"the picture animated by {run.name}"):
                self.call("animate", str(drawn), "-o", str(film), f"run={run}")
        page = self.out / "report.html"
        self.stage("the page")
        self.call("report", str(rows), *map(str, runs), "-o", str(page))
        return page.resolve()

    def prepare(self) -> list[str]:
        """The overrides that choose the data: real clips where they can be had, else drawn ones."""
        if self.data == "shapes":
            return ["data=moving_shapes"]
        packages = f"data.source.packages={PACKAGES[self.data]}"
        self.stage("real clips")
        if self.call("data", "prepare", "fluent_emoji", packages, must=False):
            return ["data=fluent_emoji", packages]
        self.console.print("[yellow]the emoji cannot be had (see above): going on with moving_shapes[/]")
        return ["data=moving_shapes"]

    def train(self, family: str, data: list[str]) -> Path:
        """One quickstart, from the beginning or from where an earlier demo stopped."""
        run = self.out / "runs" / f"quickstart_{family}"
        if (run / "config.yaml").is_file():
            opened = Run.open(run)
            told = opened.config()["max_images"] if self.max_images is None else self.max_images
            if opened.status().get("state") == "finished" and opened.status().get("images_seen", 0) >= told:
                self.console.print(f"[dim]there already: {run}[/]")
                return run
            self.stage(f"training quickstart_{family} goes on")
            self.call("train", f"resume={run}", *([f"max_images={told}"] if self.max_images else []))
            return run
        self.stage(f"training quickstart_{family}")
        limit = [f"max_images={self.max_images}"] if self.max_images else []
        self.call("train", f"experiment=quickstart_{family}", *data, *limit, f"run_dir={run}")
        return run

    def evaluate(self, runs: list[Path], shipped: list[str]) -> Path:
        """Every row under one protocol, in one call; anew when a run is newer than its row."""
        rows = self.out / "evaluations"
        made = [rows / f"{run.name}.json" for run in runs]
        newest = max((run / "status.json").stat().st_mtime for run in runs)
        if all(path.is_file() and path.stat().st_mtime > newest for path in made):
            self.console.print(f"[dim]there already: {rows}[/]")
            return rows
        self.stage("scores")
        models = [f"run={run}" for run in runs] + ([f"shipped=[{','.join(shipped)}]"] if shipped else [])
        self.call("evaluate", *models, "references=[frozen,jitter,nearest]", f"out={rows}")
        return rows

    def needs(self, path: Path, title: str) -> bool:
        """Whether a file has still to be made."""
        if path.is_file():
            self.console.print(f"[dim]there already: {path}[/]")
            return False
        self.stage(title)
        return True

    def stage(self, title: str) -> None:
        minutes = (time.monotonic() - self.begun) / 60
        self.console.rule(f"{title}  [dim]{minutes:.1f} min[/]")

    def call(self, *words: str, must: bool = True) -> bool:
        """Prints and runs one command. Raises UserError when one that must succeed does not."""
        print(f"$ kineograph {shlex.join(words)}", flush=True)
        code = subprocess.run([sys.executable, "-m", "kineograph.cli.main", *words], check=False).returncode
        if code and must:
            raise UserError(f"the demo stopped: 'kineograph {words[0]}' ended with exit code {code}; see above")
        return code == 0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser("kineograph demo", description="Animate, train, score, and open a page.")
    parser.add_argument("--data", choices=[*PACKAGES, "shapes"], default="1", help="emoji packages, or drawn shapes")
    parser.add_argument("--out", type=Path, default=Path("demo"), metavar="DIR")
    parser.add_argument("--max-images", type=int, metavar="N", help="train on so few, to try the demo itself out")
    options = parser.parse_args(argv)
    print(Demo(out=options.out, data=options.data, max_images=options.max_images).play())
    return 0


def draw(path: Path) -> Path:
    """A little face under the sun: the project's own drawing."""
    picture = Image.new("RGB", (256, 256), (255, 255, 255))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((176, 16, 236, 76), fill=(255, 200, 40))
    pen.ellipse((48, 72, 208, 232), fill=(255, 214, 102), outline=(230, 150, 40), width=6)
    for x in (98, 158):
        pen.ellipse((x - 14, 122, x + 14, 158), fill=(70, 50, 40))
        pen.ellipse((x - 6, 126, x + 4, 138), fill=(255, 255, 255))
    pen.arc((90, 140, 166, 204), 20, 160, fill=(150, 60, 50), width=8)
    picture.save(path)
    return path


def _is_shipped(name: str) -> bool:
    try:
        folder = shipped_folder(name)
    except UserError:
        return False
    return isinstance(yaml.safe_load((folder / "config.yaml").read_text()), dict)
