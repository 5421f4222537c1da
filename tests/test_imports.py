"""Imports run downwards: the rules in pyproject.toml hold, and each forbids what it should."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scripts.domain.files import PROJECT

pytestmark = pytest.mark.local

LINTER = Path(sys.executable).with_name("lint-imports")


def checked(folder: Path) -> tuple[int, str]:
    """Exit status of the linter in a folder, and what it says."""
    ended = subprocess.run(
        [LINTER, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the tooling and its rules."""
    shutil.copytree(
        PROJECT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_import_runs_downwards() -> None:
    status, words = checked(PROJECT)
    assert status == 0, words


FORBIDDEN = [
    ("domain/words.py", "scripts.environments.uv"),
    ("domain/words.py", "scripts.trials.store"),
    ("environments/uv.py", "scripts.trials.store"),
    ("trials/store.py", "scripts.analysis.rates"),
    ("analysis/rates.py", "scripts.environments.uv"),
    ("analysis/rates.py", "scripts.trials.store"),
    ("search/question.py", "scripts.reduction.shape"),
    ("reduction/shape.py", "scripts.search.question"),
    ("search/question.py", "scripts.report.story"),
    ("report/story.py", "scripts.commands.output"),
    ("commands/output.py", "scripts.benchmarks.contest"),
    ("__main__.py", "scripts.benchmarks.command"),
    ("trials/probes/chains.py", "scripts.domain.words"),
    ("trials/probes/chains.py", "scripts.trials.store"),
]
"""A module, and what it may not import: at least one for each room and each rule."""


def test_each_import_that_is_forbidden_is_seen(copy: Path) -> None:
    for module, forbidden in FORBIDDEN:
        with (copy / "scripts" / module).open("a") as file:
            file.write(f"\nimport {forbidden}\n")
    status, words = checked(copy)
    assert status == 1
    for module, forbidden in FORBIDDEN:
        importer = f"scripts.{module.removesuffix('.py').replace('/', '.')}"
        assert f"{importer} -> {forbidden}" in words


def test_every_room_has_its_floor() -> None:
    rules = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [downwards] = [rule for rule in rules["contracts"] if rule["type"] == "layers"]
    floors = {room for floor in downwards["layers"] for room in floor.split(" | ")}
    rooms = {path.parent.name for path in (PROJECT / "scripts").glob("*/__init__.py")}
    assert floors == rooms | {"__main__", "prose", "schemas"}
    assert downwards["exhaustive"]


PROBES = sorted((PROJECT / "scripts/trials/probes").glob("*.py"))


@pytest.mark.parametrize(
    "path", [PROJECT / "scripts/domain/libraries.py", *PROBES], ids=lambda path: path.name
)
def test_what_runs_outside_our_environment_begins_with_the_standard_library(path: Path) -> None:
    siblings = {probe.stem for probe in PROBES}
    imported = {
        name.split(".")[0]
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    }
    assert imported <= sys.stdlib_module_names | siblings


@pytest.mark.parametrize("module", ["pypi_simple", "requests", "scipy"])
def test_a_trial_starts_without_what_it_does_not_need(module: str) -> None:
    text = f"import sys, scripts.commands.measure; sys.exit({module!r} in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", text], cwd=PROJECT, check=False)
    assert ended.returncode == 0
