"""A report for any project, from a real bisection of a real package."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.domain.files import PROJECT
from scripts.environments.uv import uv

pytestmark = pytest.mark.index

SCRIPT = """from packaging.version import parse

print(parse("not a version"))
"""


def tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.mark.long
def test_a_bug_of_a_package_nobody_knows_is_reported(results: Path, tmp_path: Path) -> None:
    script = tmp_path / "parse_it.py"
    script.write_text(SCRIPT)
    asked = ["--package", "packaging", "--good", "21.3", "--bad", "22.0"]
    done = tool("bisect", *asked, "--script", str(script), "--signal", "InvalidVersion")
    assert done.returncode == 0, done.stderr
    (folder,) = results.iterdir()
    told = tool("issue", "--from", str(folder))
    assert told.returncode == 0, told.stderr
    text = (results / f"issue-{folder.name}.md").read_text()
    assert text.startswith("# packaging 22.0: InvalidVersion (since 22.0; 21.3 is fine)\n")
    assert "`packaging.version.InvalidVersion: Invalid version: 'not a version'`" in text
    assert SCRIPT in text
    for private in (str(tmp_path), "/probes/", "<environment>", "<server environment>"):
        assert private not in text
    assert shows_it(text, tmp_path)


def shows_it(text: str, tmp_path: Path) -> bool:
    """Whether the commands of a report show the bug in an environment of their own."""
    block = re.search(r"```sh\n(.*?)```", text, re.DOTALL)
    assert block is not None
    install, run = block[1].splitlines()
    place = tmp_path / "environment"
    uv("venv", "--python", sys.executable, str(place))
    python = str(place / "bin" / "python")
    pinned = shlex.split(install.removeprefix("python -m pip install "))
    uv("pip", "install", "--python", python, *pinned)
    called = [python, *shlex.split(run)[1:]]
    done = subprocess.run(called, cwd=tmp_path, capture_output=True, text=True, check=False)
    return done.returncode == 1 and "InvalidVersion" in done.stderr
