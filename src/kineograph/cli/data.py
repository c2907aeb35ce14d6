"""``kineograph data prepare | list | check | validate | inspect``: clip stores, and films before they are one."""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from rich.console import Console
from rich.table import Table

from kineograph.cli.compose import compose
from kineograph.cli.data_check import inspect, validate
from kineograph.core.build import build, conf_dir, suggest
from kineograph.core.errors import ConfigError, UserError
from kineograph.data.clip_store import ClipStore, read_meta, stores_folder


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser("kineograph data", description="Prepares, lists and checks clip stores.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, meaning in (("prepare", "fetch, decode and store; goes on where it was stopped"), ("check", "re-hash")):
        sub = verbs.add_parser(verb, help=meaning)
        sub.add_argument("name", help="a choice of data=, such as fluent_emoji")
        sub.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="such as data.source.packages=4")
        sub.add_argument("--config-dir", action="append", default=[], metavar="DIR")
        if verb == "prepare":
            sub.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="decoders at work at once")
            engines = "where films are decoded: in processes here, or on a Ray cluster (default: %(default)s)"
            sub.add_argument("--engine", choices=("local", "ray"), default="local", help=engines)
    verbs.add_parser("list", help="the data sets, and what is prepared")
    for verb, meaning in (("validate", "find what is wrong, in films or a store"), ("inspect", "the same, and a page")):
        sub = verbs.add_parser(verb, help=meaning)
        what = "a folder of films, a prepared store" + (" or a choice of data=" if verb == "inspect" else "")
        sub.add_argument("path", help=what)
        sub.add_argument("--clip", default="tiny", help="films shorter than clip=NAME are told (default: %(default)s)")
        sub.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="decoders at work at once")
        sub.add_argument("--seconds", type=float, default=60.0, help="a film that gives no frame so long is given up")
        if verb == "inspect":
            sub.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="such as data.source.packages=4")
            sub.add_argument("--config-dir", action="append", default=[], metavar="DIR")
            sub.add_argument("-o", "--out", type=Path, default=Path("data.html"), help="default: %(default)s")
    options = parser.parse_args(argv)
    if options.verb == "list":
        return show()
    if options.verb in ("validate", "inspect"):
        path, how = Path(options.path), (options.clip, options.processes, options.seconds)
        if options.verb == "validate":
            return validate(path, *how)
        named = None if path.exists() else source_of(options.path, options.overrides, options.config_dir)
        return inspect(path if named is None else None, named, *how, options.out)
    source = source_of(options.name, options.overrides, options.config_dir)
    return prepare(source, options.processes, options.engine) if options.verb == "prepare" else check(source)


def names() -> list[str]:
    """The data sets that have a YAML."""
    return sorted(path.stem for path in (conf_dir() / "data").glob("*.yaml") if not path.stem.startswith("_"))


def source_of(name: str, overrides: list[str], config_dirs: list[str]) -> Any:
    """The source that ``data=NAME`` describes."""
    if name not in names() and not config_dirs:
        raise ConfigError(f"there is no data set '{name}'.{suggest(name, names())} Choices: {', '.join(names())}")
    source = compose("train", [f"data={name}", *overrides], config_dirs).config.data.source
    if lacking := sorted(OmegaConf.missing_keys(source)):
        raise ConfigError(f"{lacking[0]} has no value; add {lacking[0]}=VALUE")
    return build(source)


def prepare(source: Any, num_processes: int, engine: str = "local") -> int:
    """Prints how long it took, what was skipped, and what is there now."""
    if not hasattr(source, "prepare"):
        print(f"{len(source.open().films)} films at hand: nothing to prepare")
        return 0
    started = time.monotonic()
    skipped = source.prepare(num_processes, engine)
    seconds = time.monotonic() - started
    for line in skipped:
        print(f"skipped: {line}")
    store = source.open()
    what = summary(store) if isinstance(store, ClipStore) else f"{len(store.films)} films, drawn when asked for"
    print(f"{what} ({seconds:.1f} s)")
    return 0


def check(source: Any) -> int:
    """Re-hashes every film; raises UserError where one differs."""
    store = source.open()
    if not isinstance(store, ClipStore):
        print(f"{len(store.films)} films at hand: nothing to check; data hash {store.data_hash[:16]}")
        return 0
    bad = store.check()
    for line in bad:
        print(line)
    splits = {split: {film.group for film in store.films if film.split == split} for split in ("train", "held_out")}
    shared = splits["train"] & splits["held_out"]
    if bad or shared:
        raise UserError(
            f"{store.folder}: {len(bad)} damaged films, {len(shared)} groups in both splits; delete "
            "that folder and prepare it again"
        )
    print(f"{summary(store)}: sound")
    return 0


def summary(store: ClipStore) -> str:
    """One line: where, how many, of how many what is told, which hash."""
    held_out = [film for film in store.films if film.split == "held_out"]
    groups = {film.group for film in store.films}
    return (
        f"{store.folder}: {len(store.films)} films, {store.meta['frames']} frames, {len(groups)} groups; "
        f"{sum(bool(film.caption) for film in store.films)} films have a caption, "
        f"{sum(film.label >= 0 for film in store.films)} a label; "
        f"{len(held_out)} films of {len({film.group for film in held_out})} groups held out; "
        f"data hash {store.data_hash[:16]}"
    )


def show() -> int:
    """A table of the stores, and the data sets there are."""
    print(f"data sets: {', '.join(names())}")
    table = Table("store", "films", "frames", "size", "licence", "data hash")
    for meta_file in sorted(Path(stores_folder()).glob("*/meta.json")):
        try:
            meta = read_meta(meta_file.parent, "films", "frames", "licence", "data_hash")
        except UserError as error:  # the others are listed all the same
            print(f"kineograph: {error}", file=sys.stderr)
            continue
        size = sum(path.stat().st_size for path in meta_file.parent.iterdir())
        row = [meta_file.parent.name, str(meta["films"]), str(meta["frames"]), f"{size / 1e6:.0f} MB"]
        table.add_row(*row, meta["licence"], meta["data_hash"][:16])
    if table.row_count:
        Console().print(table)
    else:
        print(f"{stores_folder()}: no store is prepared yet")
    return 0
