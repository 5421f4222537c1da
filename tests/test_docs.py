"""The example that opens each page of docs/ does what the page says, run as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.__main__ import run_app
from scripts.domain.files import PROJECT

pytestmark = pytest.mark.index

PROGRAM = re.compile(r"With `(\w+\.py)` being\n\n```python\n(.*?)```", re.DOTALL)
CALL = re.compile(r"^    nox -s (\S+) -- (.+)$", re.MULTILINE)


def ran(page: str, folder: Path) -> str:
    """What the first example of a page prints, run in a folder."""
    text = (PROJECT / "docs" / f"{page}.md").read_text()
    for name, program in PROGRAM.findall(text)[:1]:
        (folder / name).write_text(program)
    verb, arguments = CALL.findall(text)[0]
    done = subprocess.run(
        [sys.executable, "-m", "scripts", verb, *shlex.split(arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_client_of_ones_own_is_run_and_told_of(tmp_path: Path) -> None:
    assert "client.py" in ran("own-programs", tmp_path)


def test_the_release_that_began_it_is_found(tmp_path: Path) -> None:
    assert "the signal comes with 22.0" in ran("bisecting", tmp_path)


@pytest.mark.long
def test_another_release_is_proven_to_mend_it(tmp_path: Path) -> None:
    assert "mends it: InvalidVersion in 0 of 44 trials" in ran("proving", tmp_path)


@pytest.mark.long
def test_a_client_of_ones_own_is_made_smaller_itself(tmp_path: Path) -> None:
    assert "it fails in 100 of 100: at least 97%" in ran("reducing", tmp_path)
    left = (tmp_path / "client_minimal.py").read_text()
    assert "client.get('//example.org')" in left
    assert "headers" not in left


@pytest.mark.published
def test_the_maps_answer_for_named_settings(tmp_path: Path) -> None:
    assert "of trials" in ran("settings", tmp_path)


def test_a_client_of_the_shape_that_is_shown_is_recorded_request_by_request(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = (PROJECT / "docs" / "own-programs.md").read_text()
    shown = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "client.py"
    path.write_text(shown[1])
    assert run_app(["trial", "--script", str(path), "--with", "httpx==0.28.1"]) == 0
    assert "completed, 0 of 100 requests failed" in capfd.readouterr().out
