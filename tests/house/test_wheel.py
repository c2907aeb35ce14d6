"""The built wheel carries conf/ and the shipped files, and works outside the repository. No network, no isolation."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
HATCH = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d"]


def call(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    call(*HATCH, folder, cwd=REPOSITORY)
    return next(folder.glob("kineograph-*.whl"))


def test_every_yaml_and_every_module_is_in_the_wheel(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    yaml = {f"kineograph/{path.relative_to(REPOSITORY)}" for path in (REPOSITORY / "conf").rglob("*.yaml")}
    modules = {str(path.relative_to(REPOSITORY / "src")) for path in (REPOSITORY / "src").rglob("*.py")}
    shipped = REPOSITORY / "src" / "kineograph" / "shipped"
    files = {str(path.relative_to(REPOSITORY / "src")) for path in shipped.rglob("*") if path.is_file()}
    files = {name for name in files if "__pycache__" not in name}
    assert yaml | modules | files <= held, sorted((yaml | modules | files) - held)[:10]
    assert not [name for name in held if name.startswith(("tests/", "conf/"))]


def test_the_installed_wheel_works_elsewhere(wheel, tmp_path):
    site = tmp_path / "site"
    install = [sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--python", sys.executable]
    call(*install, "--target", site, wheel, cwd=tmp_path)
    there = {"PYTHONPATH": str(site)}  # before the editable install, whose .pth comes last
    origin = call(sys.executable, "-c", "import kineograph; print(kineograph.__file__)", cwd=tmp_path, **there)
    assert origin.startswith(str(site)), origin
    assert "train" in call(sys.executable, "-m", "kineograph.cli.main", "--help", cwd=tmp_path, **there)
    command = ["-m", "kineograph.cli.main", "train", "animator=gan", "--cfg", "job"]
    assert "_target_: kineograph.animators.gan" in call(sys.executable, *command, cwd=tmp_path, **there)
    assert (site / "bin" / "kineograph").is_file()


def test_the_editable_install_finds_conf():
    command = "import kineograph.core.build as b; print(b.conf_dir())"
    assert call(sys.executable, "-c", command, cwd=Path("/")).strip() == str(REPOSITORY / "conf")


@pytest.mark.slow
def test_the_installed_wheel_trains_a_network_of_the_users_own_package(wheel, tmp_path):
    """The files of docs/extending.md, in a folder of their own; allowed, and demanded again on resume."""
    page = (REPOSITORY / "docs" / "extending.md").read_text()
    for name, text in re.findall(r"```\w+ file=(\S+)\n(.*?)```", page, re.DOTALL):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    site = tmp_path / "site"
    install = [sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--python", sys.executable]
    call(*install, "--target", site, wheel, cwd=tmp_path)
    there = {"PYTHONPATH": str(site), "OMP_NUM_THREADS": "1"}
    verb = [sys.executable, "-m", "kineograph.cli.main", "train"]
    words = ["animator=diffusion", "animator/denoiser=shallow", "data=blinking", "debug=tiny", "callbacks=[checkpoint]"]
    sizes = ["max_images=16", "data.batch_size=8", "metrics=[]", "run_dir=run", "--config-dir", "my_conf"]
    call(*verb, *words, *sizes, "--allow", "mine", cwd=tmp_path, **there)
    status = json.loads((tmp_path / "run" / "status.json").read_text())
    assert (status["state"], status["images_seen"]) == ("finished", 16)
    assert json.loads((tmp_path / "run" / "facts.json").read_text())["allowed"] == ["mine"]

    again = [*verb, "resume=run", "max_images=24"]
    refused = subprocess.run(again, cwd=tmp_path, env={**os.environ, **there}, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "was started with --allow mine; add it again" in refused.stderr
    call(*again, "--allow", "mine", cwd=tmp_path, **there)
    assert json.loads((tmp_path / "run" / "status.json").read_text())["images_seen"] == 24
