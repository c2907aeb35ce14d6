"""Trains and scores what FOLDER/sweep.yaml names, and writes its tables as they grow.

    python experiments/run.py experiments/gan_zoo             # started again it goes on: nothing is done twice
    python experiments/run.py experiments/gan_zoo --tiny      # a few batches of everything, to see that it works
    python experiments/run.py experiments/gan_zoo --accept    # what there is becomes README's table and expected.csv

sweep.yaml: ``train`` and ``evaluate`` are overrides of every training and evaluation; a table has ``jobs``, each a line
of ``kineograph train -m``, its own ``words`` (overrides of both verbs), ``references`` and perhaps ``minutes`` (as many
images as fit into them at the measured pace) or ``images_of`` (another table: as many as its slowest run sees). All
rows of a file are measured under one protocol and as the file asks now, or refused.
OUT/TABLE.html holds a table's films, OUT/tables.md all tables, OUT/TABLE/RUN the runs.
"""

import argparse
import csv
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, NamedTuple

import yaml
from omegaconf import OmegaConf

sys.path.insert(0, str(Path(__file__).resolve().parent))
from quickstart import make_table

from kineograph.cli.compose import compose
from kineograph.cli.resume import differences
from kineograph.core.errors import UserError
from kineograph.core.run import Run, read_json, write_atomic
from kineograph.report.page import report
from kineograph.report.rows import gather, in_order, number, same_protocol, same_task
from kineograph.report.spans import plus_minus
from kineograph.report.table import count, figure
from kineograph.report.ties import beats, marks
from kineograph.runtime.job import OVER, held
from kineograph.runtime.registry import state
from kineograph.runtime.sweepers.grid import choices, expand

KINEOGRAPH = [sys.executable, "-m", "kineograph.cli.main"]
SHOWN = {  # columns, and their heads
    "kid_efflite0": "frame distance ↓",
    "clip_distance": "clip distance ↓",
    "motion_distance": "motion distance ↓",
    "prdc_efflite0_recall": "diversity ↑",
    "prdc_efflite0_coverage": "coverage ↑",
    "mode_coverage": "modes ↑",
    "motion_law_error": "law error ↓",
    "seconds_per_clip": "sampling s/clip ↓",
}
UNTRAINED = " untrained"
TINY = (["max_images=48", "trainer.log_every_n_steps=1", "animator.codec.images=0"], ["num_clips=10", "previews=2"])
PACE_IMAGES = 480
WORD = re.compile(r" (?=--|[\w~+./@]+=)")  # where the next word of a command begins: values may hold spaces
NO_SETTINGS = ("run", "out", "previews", "references")


class Job(NamedTuple):
    """One run of a table, and the row that its seeds share."""

    table: str
    name: str
    seed: str
    words: list[str]  # of the training
    scored: list[str]  # of the evaluation
    minutes: float | None
    images_of: str | None

    @property
    def folder(self) -> str:
        return f"{self.table}/{self.name.replace(' ', '_')}-{self.seed}"


class Zoo:
    """A sweep.yaml, its runs in ``out``, and the processes at work. Raises UserError."""

    def __init__(self, folder: Path, out: Path, tiny: bool, only: list[str]):
        try:
            self.plan: dict[str, Any] = yaml.safe_load((folder / "sweep.yaml").read_text())
        except (OSError, yaml.YAMLError) as error:
            raise UserError(f"{folder / 'sweep.yaml'}: {' '.join(str(error).split())}") from error
        self.out = out
        self.only = only  # rows to be made; all where none is named
        if tiny:
            self.plan["seeds"] = str(self.plan["seeds"]).split(",")[0]
        self.more_train, self.more_evaluate = TINY if tiny else ([], [])
        self.flags: list[str] = self.plan.get("flags", [])  # of every command, such as --allow PACKAGE
        self.lock: IO | None = None
        self.stopped = threading.Event()
        self.at_work: set[subprocess.Popen] = set()

    def jobs(self) -> list[Job]:
        """The first seed of everything first, so that the tables are whole early."""
        found = []
        for table, told in self.plan["tables"].items():
            words = told.get("words", [])
            for line in told["jobs"]:
                parts = line.split()
                swept = [place for place, text in enumerate(parts) if len(choices(text)) > 1]
                for job in expand(parts):
                    values = [job[place].partition("=")[2].strip("[]") for place in swept or [0]]
                    name = " ".join(value.rpartition("/")[2].replace(",", "+") or "none" for value in values)
                    train = [*self.plan["train"], *told.get("train", []), *words, *job, *self.more_train]
                    scored = [*self.plan["evaluate"], *self.more_evaluate, *told.get("evaluate", [])]
                    limits = (None, None) if self.more_train else (told.get("minutes"), told.get("images_of"))
                    seeds = str(told.get("seeds", self.plan["seeds"])).split(",")
                    found += [Job(table, name, seed, train, scored, *limits) for seed in seeds]
                    if "untrained" in self.plan:
                        still = [*train, *self.plan["untrained"]]
                        found.append(Job(table, name + UNTRAINED, seeds[0], still, scored, None, None))
        found = [job for job in found if not self.only or job.name.removesuffix(UNTRAINED) in self.only]
        order = {job.seed: place for place, job in reversed([*enumerate(found)])}
        return sorted(found, key=lambda job: (order[job.seed], job.name.endswith(UNTRAINED)))

    def conduct(self, at_once: int, retry: bool, lock: IO) -> list[str]:
        """Does what is left to do, tables after every step; answers what did not come to its end."""
        self.lock = lock
        jobs = self.jobs()
        self.require_unchanged(jobs)
        self.require_as_asked(jobs)
        tables = dict.fromkeys(job.table for job in jobs)
        tasks: list[tuple[str, Callable[[], str | None]]] = [
            (table, partial(self.measure_references, table)) for table in tables
        ]
        tasks += [(job.table, partial(self.see_through, job, retry)) for job in jobs]
        for number_ in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number_, lambda *_: self.stop())
        complaints = []
        with ThreadPoolExecutor(at_once) as pool:
            going: dict[Future, str] = {pool.submit(task): table for table, task in tasks}
            for done in as_completed(going):
                if self.stopped.is_set():
                    continue
                try:
                    complaint = done.result()
                except UserError as error:
                    complaint = str(error)
                if complaint:
                    complaints.append(complaint)
                    print(f"run: {complaint}", file=sys.stderr, flush=True)
                try:
                    self.write([going[done]])
                except UserError:  # rows of two protocols or tasks: no use in going on
                    self.stop()
                    raise
        return complaints

    def require_unchanged(self, jobs: list[Job]) -> None:
        """Raises UserError where a run was begun otherwise than is asked for now; resumed it would keep its way."""
        folders = [path for flag, path in pairwise(self.flags) if flag == "--config-dir"]
        for job in jobs:
            path = self.out / job.folder
            if not (path / "config.yaml").is_file():
                continue
            begun = Run(path).config()
            told = self.told(job)
            if job.minutes is not None or job.images_of is not None:
                told.append(f"max_images={begun['max_images']}")  # measured, not asked for
            asked = OmegaConf.to_container(compose("train", [*job.words, *told], folders).config, resolve=True)
            if changed := differences(begun, asked):
                key, old, new = changed[0]
                raise UserError(
                    f"{path} was begun with {key}={old}, now it is {new} ({len(changed)} such); delete the folder to "
                    "train it anew, or give --out another"
                )

    def require_as_asked(self, jobs: list[Job]) -> None:
        """Raises UserError where a row was scored otherwise than is asked for now, or before its run went on.

        Rows of earlier versions do not say what was asked.
        """
        words = {self.row(job): self.scoring(job) for job in jobs}
        for table in dict.fromkeys(job.table for job in jobs):
            if self.references_are_there(table):
                folder = self.out / table / "references"
                words |= dict.fromkeys(sorted(folder.glob("*.json")), self.scoring_of_references(table))
        for path, asked in words.items():
            row = read_json(path)
            if changed := differences(settings(row["command"]), settings(" ".join(asked))) if "command" in row else []:
                key, old, new = changed[0]
                raise UserError(
                    f"{path} was scored with {key}={old}, now it is {new} ({len(changed)} such); delete that file to "
                    "have it scored anew, or give --out another"
                )
        for job in jobs:
            scored = read_json(self.row(job)).get("images_seen")
            seen = Run(self.out / job.folder).status().get("images_seen")
            if None not in (scored, seen) and scored != seen:
                raise UserError(
                    f"{self.row(job)} was scored after {scored} images, and its run has seen {seen}; delete that file "
                    "to have it scored anew"
                )

    def stop(self) -> None:
        """Those at work save and end; nothing else begins."""
        self.stopped.set()
        for process in [*self.at_work]:
            process.terminate()

    def call(self, words: list[str], log: Path) -> bool:
        """Whether a command of ours came to a good end; what it says goes to the log."""
        if self.stopped.is_set():
            return False
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*KINEOGRAPH, *words, *self.flags],
                env=os.environ | {"OMP_NUM_THREADS": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[self.lock.fileno()] if self.lock else [],  # locked as long as anything of it is at work
                start_new_session=True,  # Ctrl-C reaches this process alone, which asks the others to end
            )
        self.at_work.add(process)
        try:
            return process.wait() == 0
        finally:
            self.at_work.discard(process)

    def measure_references(self, table: str) -> str | None:
        """The floor and the rows of animators that need no training."""
        log = self.out / table / "references.txt"
        if self.references_are_there(table) or self.call(self.scoring_of_references(table), log):
            return None
        return None if self.stopped.is_set() else f"the references of {table}: {last_line(log)}"

    def references_are_there(self, table: str) -> bool:
        """Whether the floor has a row, and every reference of this table."""
        names = ["real", *self.references(table)]
        return all((self.out / table / "references" / f"{name}.json").is_file() for name in names)

    def references(self, table: str) -> list[str]:
        return [*filter(None, str(self.plan["tables"][table].get("references", "")).split(","))]

    def scoring_of_references(self, table: str) -> list[str]:
        told = self.plan["tables"][table]
        words = [*told.get("words", []), *self.plan["evaluate"], *self.more_evaluate, *told.get("evaluate", [])]
        words += [f"task={told['task']}"] if "task" in told else []
        names = ",".join(self.references(table))
        return ["evaluate", *words, f"references=[{names}]", f"out={self.out / table / 'references'}"]

    def see_through(self, job: Job, retry: bool) -> str | None:
        """From no folder, or wherever it was left, to the row; answers what went wrong."""
        path = self.out / job.folder
        log = path.with_suffix(".txt")
        where = state(Run(path).status())
        if not (path / "config.yaml").is_file():
            shutil.rmtree(path, ignore_errors=True)  # claimed, and killed before it was described
            self.call(["train", *job.words, *self.images_of(job), *self.told(job)], log)
        elif where not in OVER and (where != "failed" or retry):
            self.call(["train", f"resume={path}"], log)
        if self.stopped.is_set():
            return None
        if (where := state(Run(path).status())) != "finished":
            return f"{job.folder}: {Run(path).status().get('error') or f'{where}: {last_line(log)}'}"
        if not self.row(job).is_file() and not self.call(self.scoring(job), log):
            return None if self.stopped.is_set() else f"{job.folder}: {last_line(log)}"
        return None

    def told(self, job: Job) -> list[str]:
        return [f"name={json.dumps(job.name)}", f"seed={job.seed}", f"run_dir={self.out / job.folder}"]

    def scoring(self, job: Job) -> list[str]:
        path = self.out / job.folder
        return ["evaluate", f"run={path}", "real=false", *job.scored, f"out={path / 'evaluations'}"]

    def images_of(self, job: Job) -> list[str]:
        """How many images, where the sweep does not say so itself."""
        if job.minutes is not None:
            return [f"max_images={self.fitting(job, job.minutes)}"]
        if job.images_of is None:
            return []
        others = [self.out / other.folder / "config.yaml" for other in self.jobs() if other.table == job.images_of]
        if late := [path for path in others if not path.is_file()]:
            raise UserError(f"{job.folder}: how many images {late[0].parent} sees is not known yet; start again")
        return [f"max_images={min(yaml.safe_load(path.read_text())['max_images'] for path in others)}"]

    def fitting(self, job: Job, minutes: float) -> int:
        """As many as fit into the minutes, in whole batches, at the pace of a few batches."""
        path = self.out / job.table / f"pace_{job.name.replace(' ', '_')}-{job.seed}"
        if pace(path) is None:
            shutil.rmtree(path, ignore_errors=True)
            short = [f"max_images={PACE_IMAGES}", "trainer.log_every_n_steps=5", f"run_dir={path}"]
            self.call(["train", *job.words, *short], path.with_suffix(".txt"))
        measured = pace(path)
        if measured is None and self.stopped.is_set():
            return 1  # and nothing is called any more
        if measured is None:
            raise UserError(f"{path}: its pace could not be measured: {last_line(path.with_suffix('.txt'))}")
        return max(1, int(60 * minutes * measured / 1000)) * 1000

    def row(self, job: Job) -> Path:
        return self.out / job.folder / "evaluations" / f"{job.name}.json"

    def rows(self, table: str) -> list[dict[str, Any]]:
        """References first; then one row a system, over its seeds, and its untrained self among the references."""
        found, _ = gather([folder]) if any((folder := self.out / table / "references").glob("*.json")) else ([], {})
        mine = [job for job in self.jobs() if job.table == table and self.row(job).is_file()]
        num_seeds = len({job.seed for job in mine})
        for row in found:
            row["draws"] = over_seeds([row["draws"]], num_seeds)
        for name in dict.fromkeys(job.name for job in mine):
            own = [job for job in mine if job.name == name]
            rows, _ = gather([self.row(job) for job in own])
            found.append(joined(rows, [self.out / job.folder for job in own], num_seeds))
        return in_order(found)

    def write(self, tables: list[str]) -> None:
        """The pages of these tables, and the text of all. Raises UserError where protocols or tasks differ."""
        whole = {table: self.rows(table) for table in self.plan["tables"]}
        every = [row for table, rows in whole.items() for row in rows if self.shares(table)]
        if every:
            same_protocol(every)
        for table, rows in whole.items():
            try:
                same_task(rows)
            except UserError as error:
                raise UserError(f"{table}: {error}") from error
        for table in tables:
            if whole[table]:
                logs = {row["name"]: Path(row["run"]) / "metrics.csv" for row in whole[table] if row.get("run")}
                curves = {name: log for name, log in logs.items() if log.is_file()}
                report(whole[table], curves, self.out / f"{table}.html")
        write_atomic(self.out / "tables.md", "\n".join((texts(whole) | self.beside(every)).values()))

    def beside(self, rows: list[dict[str, Any]]) -> dict[str, str]:
        """The accepted tables of other experiments, those that were measured under the protocol of these rows."""
        found = {}
        for name in self.plan.get("beside", []) if rows else []:
            page = (Path(__file__).resolve().parent / name / "README.md").read_text()
            for title, part in tables_in(page).items():
                if f" {rows[0]['protocol']['hash']}, n = " in part:
                    found[f"{title}, {name}"] = part.replace(title, f"{title}, {name}", 1)
        return found

    def shares(self, table: str) -> bool:
        """Whether a table's rows are under the protocol of the others; it tells in sweep.yaml where they are not."""
        return not self.plan["tables"].get(table, {}).get("own_protocol", False)


def settings(command: str) -> dict[str, str]:
    """What an evaluation was asked for, by the words of its command joined with spaces; a later word counts.

    Without what no score depends on: places, films to look at, and which references stand beside.
    """
    parts = [part.partition("=") for part in WORD.split(command) if "=" in part and not part.startswith("--")]
    return {key: value for key, _, value in parts if key not in NO_SETTINGS}


def tables_in(page: str) -> dict[str, str]:
    """The tables of a README by their headings, as ``texts`` wrote them."""
    results = page.partition(make_table.BEGIN)[2].partition(make_table.END)[0]
    parts = results.split("\n### ")[1:]
    return {part.splitlines()[0]: f"### {part.rstrip()}\n" for part in parts}


def joined(rows: list[dict[str, Any]], runs: list[Path], num_seeds: int) -> dict[str, Any]:
    """One row of a system's seeds: the mean, and for its ends the mean -+ the standard deviation over seeds.

    Its resamples are those of all seeds: they vary by the clips and by the seed, so a tie allows for both. Raises
    UserError where the seeds were measured under two protocols.
    """
    same_protocol(rows)
    first = rows[0]
    metrics = dict(first["metrics"])
    for name in first["metrics"] if len(rows) > 1 else ():
        values = [number(row["metrics"].get(name)) for row in rows]
        if not name.endswith(("_low", "_high")):
            mean = statistics.fmean(values)
            spread = statistics.stdev(values) if mean == mean else mean  # nan: a seed has no value
            metrics |= {name: mean, f"{name}_low": mean - spread, f"{name}_high": mean + spread}
    trained = not first["name"].endswith(UNTRAINED)
    paces = [value for run in runs if (value := pace(run)) is not None]
    return first | {
        "kind": "trained" if trained else "reference",
        "metrics": metrics,
        "draws": over_seeds([row["draws"] for row in rows], num_seeds),
        "seeds": len(rows),
        "milliseconds_an_image": 1000 / statistics.fmean(paces) if paces and trained else None,
        "train_seconds": statistics.fmean([row["train_seconds"] or 0.0 for row in rows]) if trained else 0.0,
    }


def over_seeds(draws: list[dict[str, list]], num_seeds: int) -> dict[str, list]:
    """The resamples of so many seeds one after another; a row of fewer gives its own again."""
    return {name: [x for seed in range(num_seeds) for x in draws[seed % len(draws)][name]] for name in draws[0]}


def pace(run: Path) -> float | None:
    """Images a second in training, of most of its log's lines; the first ones count operations and are slow."""
    try:
        with (run / "metrics.csv").open(newline="") as file:
            lines = [line.get("speed/images_per_second") for line in csv.DictReader(file)]
    except OSError:
        return None
    values = [float(value) for value in lines if value]
    return statistics.median(values[len(values) // 3 :]) if values else None


def texts(tables: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Each table that has rows in Markdown, by its heading."""
    found = {}
    for table, rows in tables.items():
        if not rows:
            continue
        title = table.replace("_", " ")
        card, clips = rows[0]["protocol"], rows[0].get("num_clips")
        parts = [f"### {title}", "", f"Protocol {card['name']} {card['hash']}, n = {clips}. {plus_minus(rows)}", ""]
        names = [name for name in SHOWN if any(name in numbers(row["metrics"]) for row in rows)]
        marked = {name: marks(rows, name) for name in names}
        heads = [
            *(SHOWN[name] for name in names),
            "training ms/clip",
            "training minutes",
            "images seen",
            "parameters",
            "distance beats",
        ]
        parts += ["| | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads)]
        for place, row in enumerate(rows):
            cells = [cell(row["metrics"], name, marked[name][place]) for name in names]
            step = number(row.get("milliseconds_an_image"))
            minutes, seen = number(row.get("train_seconds")) / 60, count(number(row.get("images_seen") or 0))
            cells += ["", "", ""] if row["kind"] == "reference" else [figure(step), figure(minutes), seen]
            cells.append(count(number(row.get("parameters") or 0)))
            cells.append(beaten(row, rows))
            parts.append(f"| {row['name']} | " + " | ".join(cells) + " |")
        found[title] = "\n".join([*parts, ""])
    return found


def cell(metrics: dict[str, Any], name: str, mark: str | None) -> str:
    value, high = number(metrics.get(name)), number(metrics.get(f"{name}_high"))
    if value != value:
        return "–"
    told = f"**{figure(value)}**" if mark == "best" else figure(value)
    spread = f" ± {figure(abs(high - value))}" if high == high and high != value else ""
    return told + spread + (" =" if mark == "tie" else "")


def beaten(row: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Of its untrained self and of jitter: those whose clip distance (of pictures: frame distance) is larger, beyond a
    tie."""
    if row["kind"] == "reference":
        return ""
    known = {other["name"]: other for other in rows}
    distance = "clip_distance" if "clip_distance" in row["metrics"] else "kid_efflite0"
    rivals = [row["name"] + UNTRAINED, *(name for name in ("jitter", "drawn_jitter") if name in known)]
    told = []
    for rival in rivals:
        if rival in known:
            word = rival.removeprefix(row["name"]).strip()
            told.append(word if beats(row, known[rival], distance, rows) else f"not {word}")
    return ", ".join(told)


def expected(tables: dict[str, list[dict[str, Any]]]) -> make_table.Rows:
    """The numbers of all rows, as expected.csv keeps them."""
    return {f"{table}/{row['name']}": numbers(row["metrics"]) for table, rows in tables.items() for row in rows}


def numbers(metrics: dict[str, Any]) -> dict[str, tuple[float, float, float]]:
    """Value and ends of each column that there is."""
    found = {}
    for name in SHOWN:
        value, low, high = (number(metrics.get(f"{name}{end}")) for end in ("", "_low", "_high"))
        if value == value:
            found[name] = (value, value if low != low else low, value if high != high else high)
    return found


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "no word")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="an experiment: a folder with sweep.yaml")
    parser.add_argument("--out", type=Path, help="default: runs/NAME")
    parser.add_argument("--jobs", type=int, default=2, help="at once, one core each")
    parser.add_argument("--tiny", action="store_true", help="a few batches of everything, in runs/NAME_tiny")
    parser.add_argument("--retry-failed", action="store_true", help="what failed is tried again from where it stopped")
    parser.add_argument("--check", action="store_true", help="run nothing; hold the rows against expected.csv")
    parser.add_argument(
        "--accept",
        action="store_true",
        help="run nothing; write README.md's tables and expected.csv; with --only, the tables of these rows",
    )
    parser.add_argument("--only", default="", metavar="A,B", help="rows to make and show; default: all")
    options = parser.parse_args(argv)
    folder = options.folder.resolve()
    out = options.out or Path("runs") / (folder.name + ("_tiny" if options.tiny else ""))
    zoo = Zoo(folder, out.resolve(), options.tiny, [*filter(None, options.only.split(","))])
    if not (options.check or options.accept):
        out.mkdir(parents=True, exist_ok=True)
        with held(out / "run.lock", wait=lambda: False) as lock:
            if lock is None:
                raise UserError(f"'{out}' is being run by another process; wait until that has ended")
            complaints = zoo.conduct(options.jobs, options.retry_failed, lock[0])
        if zoo.stopped.is_set():
            print("run: stopped; the same command goes on", file=sys.stderr)
            return 143
        print((out / "tables.md").read_text())
        print("\n".join(["not finished:", *complaints] if complaints else [f"{out}/tables.md and its pages"]))
        return int(bool(complaints))
    zoo.require_as_asked(zoo.jobs())
    asked = {job.table for job in zoo.jobs()}
    tables = {table: zoo.rows(table) if table in asked else [] for table in zoo.plan["tables"]}
    rows, page, kept = expected(tables), folder / "README.md", folder / "expected.csv"
    if options.accept:
        made, titles = texts(tables), [table.replace("_", " ") for table in tables]
        if options.only:  # of an experiment that was accepted before, these tables again
            before = tables_in(page.read_text()) | made
            made = {title: before[title] for title in titles if title in before}
            again = {table for table in tables if tables[table]}
            known = {name: row for name, row in make_table.read(kept).items() if name.partition("/")[0] not in again}
            rows = {
                name: row for table in tables for name, row in (known | rows).items() if name.startswith(f"{table}/")
            }
        made |= zoo.beside([row for table in tables.values() for row in table])
        page.write_text(make_table.write_between_markers(page.read_text(), "\n".join(made.values()).strip()))
        make_table.write(kept, rows)
        return 0
    found = make_table.surprises(rows, make_table.read(kept))
    print("\n".join(found or ["as expected"]))
    return int(bool(found))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except UserError as error:
        print(f"run: {error}", file=sys.stderr)
        sys.exit(error.code)
