"""A session ends as its verb does, where nox lets it. Run with nox itself."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.domain.files import PROJECT

pytestmark = pytest.mark.local

VERB = """
import os, sys
status = int(sys.argv[2])
if status < 0:
    os.kill(os.getpid(), -status)
sys.exit(status)
"""
"""In place of all verbs: one that ends as its argument says, which no real one does at will."""


def nox(*arguments: str, folder: Path = PROJECT) -> int:
    """Status of nox in a folder."""
    call = [sys.executable, "-m", "nox", *arguments]
    return subprocess.run(call, cwd=folder, capture_output=True, check=False).returncode


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sessions as they are, of verbs that end as they are told."""
    shutil.copy(PROJECT / "noxfile.py", tmp_path)
    shutil.copytree(
        PROJECT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "scripts" / "__main__.py").write_text(VERB)
    return tmp_path


def test_a_call_that_is_wrong_is_so_through_nox() -> None:
    assert nox("-s", "explain", "--", "no/trial") == 2
    assert nox("-s", "bisect", "--", "--no-such-option") == 2


@pytest.mark.parametrize("status", [0, 1, 2, 125, 128, 130])
def test_a_session_has_its_verbs_status(copy: Path, status: int) -> None:
    assert nox("-s", "bisect", "--", str(status), folder=copy) == status


def test_a_verb_that_is_killed_has_the_status_that_a_shell_gives_it(copy: Path) -> None:
    assert nox("-s", "bisect", "--", str(-signal.SIGKILL), folder=copy) == 128 + signal.SIGKILL


def test_of_several_sessions_all_run_and_nox_says_whether_one_failed(copy: Path) -> None:
    results = copy / "results.json"
    asked = ("-s", "bisect", "history", "--report", str(results), "--", "2")
    assert nox(*asked, folder=copy) == 1
    ran = json.loads(results.read_bytes())["sessions"]
    assert [session["result"] for session in ran] == ["failed", "failed"]
    assert nox("-s", "bisect", "history", "--", "130", folder=copy) == 1


def test_the_file_of_results_that_nox_was_asked_for_is_written(copy: Path) -> None:
    results = copy / "results.json"
    assert nox("-s", "bisect", "--report", str(results), "--", "2", folder=copy) == 1
    [ran] = json.loads(results.read_bytes())["sessions"]
    assert ran["result"] == "failed"
