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


@pytest.mark.local
@pytest.mark.parametrize(
    ("marks", "status"), [([], 4), (["pure"], 0), (["pure", "local"], 4), (["pure", "clock"], 0)]
)
def test_a_test_says_exactly_once_what_it_needs(
    tmp_path: Path, marks: list[str], status: int
) -> None:
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    lines = ["import pytest", *(f"@pytest.mark.{mark}" for mark in marks), "def test(): pass"]
    (tmp_path / "test_one.py").write_text("\n".join(lines))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "test_one.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
    )
    assert done.returncode == status, done.stdout
    assert ("not marked as exactly one of pure, local, index" in done.stderr) == (status != 0)


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
