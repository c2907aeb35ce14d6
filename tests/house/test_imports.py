"""Hub and spokes: the contract in pyproject.toml, and the same rule file by file, naming the import."""

import ast
from pathlib import Path

from importlinter.cli import lint_imports

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src" / "kineograph"
ENTRY = {"cli", "runtime", "report", "callbacks"}  # the upper layers; the rest are parts


def test_the_import_contract_holds(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    assert lint_imports(config_filename="pyproject.toml", no_cache=True) == 0


def test_a_part_imports_core_and_itself_alone():
    wrong = []
    for path in SOURCE.rglob("*.py"):
        part = path.relative_to(SOURCE).parts[0]
        if part.endswith(".py") or part in ENTRY:
            continue
        for module in _imported(path):
            if module.startswith("kineograph.") and module.split(".")[1] not in {"core", part}:
                wrong.append(f"{path.relative_to(REPOSITORY)} imports {module}")
            if module.startswith("."):
                wrong.append(f"{path.relative_to(REPOSITORY)} imports relatively")
    assert not wrong, "\n".join(wrong)


def _imported(path: Path) -> list[str]:
    modules = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            modules += [f"kineograph.{a.name}" for a in node.names] if module == "kineograph" else [module]
            modules += ["."] if node.level else []
    return modules
