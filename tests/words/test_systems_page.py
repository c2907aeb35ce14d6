"""The page of systems says what the experiments' first comments say. ``--rewrite-golden`` writes it anew."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "systems.md"
CONF = REPOSITORY / "conf" / "experiment"
FOLDERS = {"Quickstarts": ".", "GANs": "gan", "Diffusion": "diffusion", "Codecs": "codec"}
FIELDS = ("command", "hardware", "hours")
SIZES = ("", "_small", "_paper")
HEAD = "| `kineograph train ...` | what it is | tiny | `_small` | `_paper` |\n|---|---|---|---|---|\n"
MARKERS = re.compile(r"(?<=<!-- systems: begin -->\n).*(?=\n<!-- systems: end -->)", re.DOTALL)


def header(path: Path) -> dict[str, str]:
    """The first comment: what the system is, and its command, hardware and hours."""
    lines = [line.removeprefix("#").strip() for line in path.read_text().splitlines() if line.startswith("#")][1:]
    told = {key: line.partition(":")[2].strip() for line in lines if (key := line.split(":")[0]) in FIELDS}
    what = lines[: next(place for place, line in enumerate(lines) if line.startswith("command:"))]
    return {"what": " ".join(what)} | told


def tables() -> str:
    parts = []
    for title, folder in FOLDERS.items():
        paths = sorted((CONF / folder).glob("*.yaml"))
        rows = []
        for path in paths:
            if path.stem.endswith(SIZES[1:]):
                continue
            sizes = [path.with_stem(path.stem + size) for size in SIZES]
            known = header(path)
            words = known["command"].removeprefix("kineograph train ")
            cost = [f"{h['hours']} h, {h['hardware']}" if h else "" for h in (p.exists() and header(p) for p in sizes)]
            rows.append(f"| `{words}` | {known['what']} | {' | '.join(cost)} |")
        parts.append(f"## {title}\n\n{HEAD}" + "\n".join(rows))
    return "\n" + "\n\n".join(parts) + "\n"


def test_the_page_is_what_the_experiments_say(request):
    text = PAGE.read_text()
    if request.config.getoption("--rewrite-golden"):
        PAGE.write_text(MARKERS.sub(lambda _: tables(), text))
    elif MARKERS.findall(text) != [tables()]:
        raise AssertionError(f"write it anew: python -m pytest {Path(__file__).name} --rewrite-golden")
