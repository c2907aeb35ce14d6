"""Words that may not stand in the package, and why."""

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src" / "kineograph"
FILES = sorted(SOURCE.rglob("*.py"))

FORBIDDEN = {  # words: why
    r"weights_only\s*=\s*False": "runs code from a file",
    r"\bpickle\.loads?\b": "runs code from a file",
    r"allow_pickle\s*=\s*True": "runs code from a file",
    r"yaml\.(Loader|UnsafeLoader|FullLoader|unsafe_load|full_load)\b": "runs code from a file",
    r"yaml\.load\(": "use yaml.safe_load",
    r"shell\s*=\s*True": "a file name becomes a command",
    r"os\.system\(|os\.popen\(": "a file name becomes a command",
    r"(?<![\w.])(eval|exec)\(": "runs code from a string",
    r"from __future__ import annotations": "jaxtyping and hydra read the annotations",
    r"save_hyperparameters": "a checkpoint holds tensors and primitives",
    r"\burlopen\b|\burlretrieve\b|load_state_dict_from_url|hf_hub_download": "a file without a known sha256",
    r"urllib\.request|http\.client|\brequests\b|\bhttpx\b": "core/local_file.py alone asks the network, for known sums",
    r"except\s*:": "hides what went wrong",
    r"\bset_epoch\b": "position alone decides what is drawn",
    r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))": "an issue has a number",
    r"^\s*(Args|Arguments|Returns|Raises):\s*$": "types and shapes live in annotations",
}


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_forbidden_words(pattern):
    found = [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line) and not ("urllib" in pattern and path == SOURCE / "core" / "local_file.py")
    ]
    assert not found, f"{FORBIDDEN[pattern]}:\n" + "\n".join(found)


def test_the_word_cfg_stays_at_the_entry_points():
    entry = {SOURCE / "core" / "build.py"}
    found = [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()}"
        for path in FILES
        if path not in entry and path.relative_to(SOURCE).parts[0] not in {"cli"}
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"(?<!--)\bcfg\b", line)
    ]
    assert not found, "\n".join(found)


def test_hydra_instantiates_in_one_place():
    found = [
        str(path.relative_to(REPOSITORY))
        for path in FILES
        if path != SOURCE / "core" / "build.py"
        and re.search(r"hydra\.utils|import instantiate|hydra\.instantiate", path.read_text())
    ]
    assert not found, found


def test_torch_load_reads_tensors_only():
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                if given.get("weights_only") != "True":
                    found.append(f"{path.relative_to(REPOSITORY)}:{node.lineno}")
    assert not found, found


def test_no_kwargs_relays():
    found = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.args.kwarg:
                if path == SOURCE / "core" / "build.py":  # the one place that hands arguments over
                    continue
                relays = [
                    k for call in ast.walk(node) if isinstance(call, ast.Call) for k in call.keywords if not k.arg
                ]
                if not any(ast.unparse(relay.value) == node.args.kwarg.arg for relay in relays):
                    continue  # taken because a library's signature has it, or used by name
                found.append(f"{path.relative_to(REPOSITORY)}:{node.lineno}: {node.name}")
    assert not found, found


def test_models_are_not_asked_what_they_are():
    found = []
    for path in FILES:
        if path.relative_to(SOURCE).parts[0] not in {"animators", "procedures", "losses", "metrics", "callbacks"}:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r"\bhasattr\(|isinstance\([^,]*(animator|model|network|denoiser|generator)\b[^,]*,", line):
                found.append(f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()}")
    assert not found, "\n".join(found)


def test_no_file_named_for_nothing():
    nothing = {"utils", "util", "helpers", "helper", "common", "misc", "shared"}
    found = [str(path.relative_to(REPOSITORY)) for path in SOURCE.rglob("*") if path.stem in nothing]
    assert not found, found
