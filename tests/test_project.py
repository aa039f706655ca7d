"""Rules of the checkout itself: its lock, its names, the size of its files, the direction of its imports."""

import importlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tenants.settings import Settings

ROOT = Path(__file__).parent.parent
PACKAGES = ("gateway", "resolvers", "jobs", "schema", "tenants")
LONGEST = 300
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = (ROOT / "requirements.lock").read_text()


def locked() -> dict[str, Requirement]:
    """Package -> its line in the lock, such as `click==8.5.1`."""
    lines = [line.split(" \\")[0] for line in LOCK.splitlines() if line and not line.startswith((" ", "#"))]
    return {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, lines)}


def sources() -> list[Path]:
    return [path for folder in (*PACKAGES, "tests") for path in (ROOT / folder).rglob("*.py")]


def test_the_lock_names_no_address_and_hashes_everything():
    assert "://" not in LOCK
    entries = LOCK.replace("\\\n", "").splitlines()
    assert [entry for entry in entries if entry and "--hash=sha256:" not in entry] == []
    assert all(len(list(requirement.specifier)) == 1 and "==" in str(requirement) for requirement in locked().values())


def test_the_lock_holds_what_the_project_asks_for():
    asked = PROJECT["dependencies"] + [line for extra in PROJECT["optional-dependencies"].values() for line in extra]
    for requirement in map(Requirement, asked):
        pinned = locked().get(canonicalize_name(requirement.name))
        assert pinned, f"{requirement.name} is not in requirements.lock"
        version = str(pinned.specifier).removeprefix("==")
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_of_ours_is_the_one_in_this_folder(package: str):
    assert Path(importlib.import_module(package).__file__ or "").parent == ROOT / package
    assert set(packages_distributions().get(package, ["foyer"])) == {"foyer"}
    assert package not in locked()


def test_files_are_short():
    lengths = {path: len(path.read_text().splitlines()) for path in sources()}
    assert {path.name: length for path, length in lengths.items() if length > LONGEST} == {}
    assert statistics.median(lengths.values()) < 100


def test_every_setting_is_told_to_operators():
    told = set(re.findall(r"^\| `(FOYER_\w+)` \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE))
    assert told == {f"FOYER_{name.upper()}" for name in Settings.model_fields}


def test_imports_go_one_way_and_never_in_a_circle():
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
    assert "0 broken" in checked.stdout


def setup_with(python: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """What .ci/setup does in a checkout without .venv where `python` is all there is on PATH."""
    (tmp_path / ".ci").mkdir()
    for file in (".ci/setup", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path / file)
    shims = tmp_path / "bin"
    shims.mkdir()
    for name in ("python3.13", "python3"):
        (shims / name).write_text(f"#!/bin/sh\n{python}\n")
        (shims / name).chmod(0o755)
    environment = {
        "PATH": f"{shims}:/usr/bin:/bin",
        "FOYER_PYTHON": "python3.13 python3",
        "LC_ALL": os.environ.get("LC_ALL", "C"),
    }
    return subprocess.run([tmp_path / ".ci/setup"], check=False, env=environment, capture_output=True, text=True)


def test_a_shim_without_a_python_behind_it_is_passed_over(tmp_path: Path):
    done = setup_with("echo 'command not found' >&2; exit 127", tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].strip() == "apt install python3 python3-venv"


def test_a_python_without_venv_is_told_with_the_line_that_mends_it(tmp_path: Path):
    done = setup_with('case "$2" in *ensurepip*) exit 1;; *) echo 3.11;; esac', tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].split()[:3] == ["apt", "install", "python3-venv"]
    assert not (tmp_path / ".venv").exists()
