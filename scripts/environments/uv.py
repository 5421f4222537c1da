"""uv, the program that resolves, installs and builds: called here only, its errors put in words."""

from __future__ import annotations

import datetime
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from scripts.domain.files import PROJECT
from scripts.domain.problems import MeasurementProblem
from scripts.environments.index_setting import OTHERS, VARIABLES, index_setting


class Unavailable(Exception):
    """No environment for these pins here; the message is uv's reason in one sentence."""


class Unreachable(Unavailable):
    """The package index gave no answer, and uv's cache lacks what is needed."""


UNREACHABLE = re.compile(r"error sending request|dns error|tcp connect error|offline")
"""What uv writes where the index is silent, or where it was told not to ask it."""

DROPPED = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_CONFIG_FILE", *VARIABLES, *OTHERS)
"""Environment variables that would point uv to another Python, or to other indexes, than it is
told.
"""


def uv(*arguments: str, timeout: float = 600) -> str:
    """Run uv and return its standard output.

    Args:
        arguments: of uv.
        timeout: seconds it may take.

    Raises:
        Unavailable: uv failed; its own reason, in one sentence.
        MeasurementProblem: there is no uv.
        UsageProblem: a file that may name the package index cannot be read.
    """
    executable = found()
    if executable is None:
        raise MeasurementProblem("uv is not installed: run `pip install -r requirements.txt`.")
    environment = {name: value for name, value in os.environ.items() if name not in DROPPED}
    environment |= {"UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "manual", "NO_COLOR": "1"}
    environment |= {"UV_NO_CONFIG": "1"}
    if url := index_setting().url:
        environment["UV_DEFAULT_INDEX"] = url
    try:
        done = subprocess.run(
            [executable, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
            cwd=PROJECT,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreachable(f"uv gave no answer within {timeout:.0f} s") from error
    if done.returncode == 0:
        return done.stdout
    if UNREACHABLE.search(done.stderr):
        raise Unreachable("the package index cannot be reached and uv's cache lacks what is needed")
    raise Unavailable(reason(done.stderr))


def found() -> str | None:
    """The path of uv: beside the Python that runs this, else where programs are; None for none."""
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return shutil.which("uv", path=beside)


def reason(text: str) -> str:
    """One sentence out of what uv wrote to standard error when it failed."""
    kept: list[str] = []
    for line in text.splitlines():
        line = re.sub(r"^[\s×╰─▶│├]+", "", line).strip()
        if line.startswith("hint:") or (kept and not line):
            break
        if line and not line.startswith(("warning:", "Using Python", "Resolved")):
            kept.append(line.removeprefix("error: "))
    sentence = re.sub(r"\s+", " ", " ".join(kept)).split(" cause: ")[-1]
    sentence = sentence or "uv failed and gave no reason"
    return sentence if len(sentence) <= 400 else sentence[:399] + "…"


def end_of_day(day: str) -> str:
    """The end of a day as --exclude-newer takes it: the first moment of the next one."""
    following = datetime.date.fromisoformat(day) + datetime.timedelta(days=1)
    return f"{following.isoformat()}T00:00:00Z"


def wheel_builder(interpreter: str) -> Callable[[Path, Path], None]:
    """Builds the project in one folder into a wheel in another."""

    def build(project: Path, out: Path) -> None:
        options = ["--wheel", "--quiet", "--no-config", "--python", interpreter]
        uv("build", *options, "--out-dir", str(out), str(project))

    return build
