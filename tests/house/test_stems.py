"""One stem a part: a file, its class, its test and the YAML that names it go by one name."""

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src" / "kineograph"
FILES = sorted(path for path in SOURCE.rglob("*.py") if path.name not in {"__init__.py", "__main__.py"})
NAMES = [str(path.relative_to(SOURCE)) for path in FILES]
TARGETED = {"processes", "samplers", "guidance", "rollouts", "losses", "tasks", "augment", "metrics", "networks"}


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_module_says_what_it_is(path):
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), f"{path}: a module opens with one sentence (the paper, its equation numbers)"
    silent = [node.name for node in _classes(tree) if not ast.get_docstring(node) and not _is_record(node)]
    assert not silent, f"{path}: what is {', '.join(silent)}? a class says it in about three lines"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_module_has_one_public_class_of_its_own_name(path):
    if path.relative_to(SOURCE).parts[0] in {"core", "cli"}:
        return  # the shared language has its words together; a verb is a function
    names = [node.name for node in _classes(ast.parse(path.read_text())) if not _is_record(node)]
    assert len(names) <= 1, f"{path}: {', '.join(names)}: one public class a file"
    if names:
        folder = path.parent.name.removesuffix("s")  # animators/gan.py may hold GanAnimator
        fits = {_plain(path.stem), _plain(path.stem + folder)}
        assert _plain(names[0]) in fits, f"{path}: the file of {names[0]} is called {_snake(names[0])}.py"


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_module_has_a_test_of_its_stem(path):
    classes = _classes(tree := ast.parse(path.read_text()))
    if classes and all(map(_is_record, classes)) and not any(isinstance(node, ast.FunctionDef) for node in tree.body):
        return  # words alone: protocols, named tuples, errors
    part = path.relative_to(SOURCE).parts[0]
    if path.parent.name == "blocks":
        return  # layers are tested in the networks that stack them
    folder = REPOSITORY / "tests" / part
    if part.endswith(".py"):
        folder = REPOSITORY / "tests"
    module = ".".join(["kineograph", *path.relative_to(SOURCE).with_suffix("").parts])
    tests = list(folder.rglob("test_*.py"))
    related = any(re.search(rf"\b{re.escape(module)}\b", test.read_text()) for test in tests)  # tested with its kin
    named = any(test.stem == f"test_{path.stem}" for test in tests)
    assert named or related, f"tests/{part}/ has no test_{path.stem}.py, and no test there imports {module}"


def test_every_part_is_named_by_a_yaml():
    """A class that no YAML names cannot be chosen: dead code, or a missing YAML."""
    named = set()
    for path in (REPOSITORY / "conf").rglob("*.yaml"):
        named |= set(re.findall(r"kineograph\.([\w.]+)", path.read_text()))
    for path in FILES:  # a base, or a part of a part
        for module, names in re.findall(r"^from kineograph\.([\w.]+) import (.+)$", path.read_text(), re.MULTILINE):
            named |= {f"{module}.{name.strip()}" for name in names.split(",")}
    lost = []
    for path in FILES:
        where = path.relative_to(SOURCE)
        if where.parts[0] not in TARGETED or "blocks" in where.parts:
            continue
        for node in _classes(ast.parse(path.read_text())):
            if _plain(node.name) != _plain(path.stem) or _is_abstract(node):
                continue
            if ".".join([*where.with_suffix("").parts, node.name]) not in named:
                lost.append(f"{where}: {node.name}")
    assert not lost, "\n".join(lost)


def _classes(tree: ast.Module) -> list[ast.ClassDef]:
    return [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]


def _is_record(node: ast.ClassDef) -> bool:
    """A named tuple, dataclass, protocol or error beside the class that it serves."""
    bases = " ".join(ast.unparse(base) for base in node.bases)
    decorators = " ".join(ast.unparse(d) for d in node.decorator_list)
    return bool(re.search(r"NamedTuple|Protocol|Error|Exception|Enum|TypedDict", bases)) or "dataclass" in decorators


def _is_abstract(node: ast.ClassDef) -> bool:
    return "ABC" in ast.unparse(node).split(":", 1)[0] or "abstractmethod" in ast.unparse(node)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
