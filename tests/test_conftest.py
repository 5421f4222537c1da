"""What every test stands on holds: marks are there, pure tests are, and folders are their own."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.domain.files import PROJECT
from scripts.trials import store

MARKS = {"none": [], "one": ["pure"], "two": ["pure", "local"], "with_another": ["pure", "clock"]}
"""A test each, with these marks."""


def collected(folder: Path, *names: str) -> tuple[int, str]:
    """Status of pytest with tests of these marks, and what it says is wrong."""
    shutil.copy(PROJECT / "pyproject.toml", folder)
    for name in names:
        lines = ["import pytest", *(f"@pytest.mark.{mark}" for mark in MARKS[name])]
        (folder / f"test_{name}.py").write_text("\n".join([*lines, "def test(): pass"]))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "--rootdir", str(folder), folder],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(PROJECT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    return done.returncode, done.stderr


@pytest.mark.local
def test_a_test_says_exactly_once_what_it_needs(tmp_path: Path) -> None:
    status, words = collected(tmp_path, *MARKS)
    assert status == 4
    refused, *wrong = [line.strip() for line in words.splitlines() if line.strip()]
    assert refused.endswith("not marked as exactly one of pure, local, index:")
    assert sorted(wrong) == ["test_none.py::test", "test_two.py::test"]


@pytest.mark.local
def test_a_test_that_says_it_once_is_run(tmp_path: Path) -> None:
    assert collected(tmp_path, "one", "with_another") == (0, "")


@pytest.mark.pure
def test_a_pure_test_can_start_nothing_and_reach_nothing() -> None:
    with pytest.raises(PermissionError, match=r"marked pure does subprocess\.Popen"):
        subprocess.run([sys.executable, "-V"], check=False)
    with pytest.raises(PermissionError, match=r"marked pure does socket\.connect"):
        socket.create_connection(("127.0.0.1", 9))


@pytest.mark.pure
def test_nothing_goes_into_the_clone(tmp_path: Path, results: Path) -> None:
    assert store.results() == results
    assert results.is_relative_to(tmp_path)
    assert store.PUBLISHED.is_relative_to(tmp_path)


@pytest.mark.pure
@pytest.mark.published
def test_what_is_published_is_the_clones(tmp_path: Path) -> None:
    assert store.PUBLISHED == PROJECT / "results" / "published"
    assert store.results().is_relative_to(tmp_path)
