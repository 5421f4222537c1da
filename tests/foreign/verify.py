"""What every release of a case's range does, measured without the tool.

Installs each release by itself with uv, from wheels alone, and runs the case's script in it. What
came of it is written to truth/NAME.json: the ground truth that the tool's answers are held against.
"""

from __future__ import annotations

import os
import re
import signal as signals
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

import msgspec
from packaging.version import InvalidVersion, Version
from pypi_simple import PYPI_SIMPLE_ENDPOINT, PyPISimple

from tests.foreign import made
from tests.foreign.cases import BUGS, Case, Step

TRUTH = Path(__file__).with_name("truth")
PYTHON = "3.11"
TAIL = 300
"""Characters that are kept of what a script wrote."""

LAUNCH = Path(__file__).with_name("launch.py")

RAISED = re.compile(r"^([A-Za-z_][\w.]*)(?:: .*)?$", re.MULTILINE)
"""The last line of a traceback: what was raised."""

Says = Literal["bad", "good", "nothing"]


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """One run of a script.

    Attributes:
        status: exit status, negative for a signal; None where it had to be ended.
        exception: name of the exception it died of.
        megabytes: peak memory.
    """

    status: int | None
    seconds: float
    megabytes: float
    exception: str = ""
    stdout: str = ""
    stderr: str = ""


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One release: whether it was yanked, what came of its runs, why there are none."""

    version: str
    yanked: bool = False
    missing: str = ""
    runs: list[Run] = []


def rows(case: Case) -> list[Row]:
    """The table of a case, as stored.

    Raises:
        FileNotFoundError: there is none.
    """
    return msgspec.json.decode((TRUTH / f"{case.name}.json").read_bytes(), type=list[Row])


def measured(case: Case) -> list[Row]:
    """The table of a case, measured now."""
    with tempfile.TemporaryDirectory(prefix="foreign-") as scratch:
        return [
            _row(case, version, yanked, Path(scratch, version))
            for version, yanked in _releases(case)
        ]


def store(case: Case, table: Sequence[Row]) -> None:
    """Keep a table."""
    TRUTH.mkdir(exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(table), indent=1)
    (TRUTH / f"{case.name}.json").write_bytes(text + b"\n")


def says(case: Case, table: Sequence[Row]) -> list[Says]:
    """What each release of a table says of a case's signal.

    A run that did not get far enough to show the signal says nothing: it does not install, asks to
    be left out (125), or dies of something else than what is sought.
    """
    usual = 0.0
    if case.signal.startswith("memory>") and case.signal.endswith("x"):
        (good,) = [row for row in table if row.version == case.good]
        usual = statistics.median(run.megabytes for run in good.runs)
    answers: list[Says] = []
    for row in table:
        told = [_says(case.signal, run, usual) for run in row.runs]
        answers.append("bad" if "bad" in told else "good" if "good" in told else "nothing")
    return answers


def steps(case: Case, table: Sequence[Row]) -> tuple[Step, ...] | None:
    """The changes that a table shows, between neighbours that say something; None where none of
    its releases does.
    """
    told = [
        (row.version, answer)
        for row, answer in zip(table, says(case, table), strict=True)
        if answer != "nothing"
    ]
    if not told:
        return None
    return tuple(
        Step(before, after, "worse" if then == "bad" else "better")
        for (before, once), (after, then) in pairwise(told)
        if once != then
    )


def _says(signal: str, run: Run, usual: float) -> Says:
    """What one run says; `usual` is the good end's memory in megabytes."""
    kind, _, rest = signal.partition("~" if "~" in signal else ">" if ">" in signal else "=")
    died = run.status is None or run.status < 0
    if run.status == 125:
        return "nothing"
    if kind == "exit":
        if run.status is None:
            return "nothing" if rest else "bad"
        wanted = -signals.Signals[rest] if rest.startswith("SIG") else int(rest) if rest else None
        hit = run.status != 0 if wanted is None else run.status == wanted
        return "bad" if hit else "good"
    if kind == "hang":
        return "bad" if run.status is None else "nothing" if died else "good"
    if kind in ("stdout", "stderr"):
        if re.search(rest, run.stdout if kind == "stdout" else run.stderr):
            return "bad"
        return "nothing" if run.status != 0 else "good"
    if kind in ("memory", "wall"):
        if kind == "wall" and (run.status is None or run.seconds > float(rest.rstrip("s"))):
            return "bad"
        if run.status != 0:
            return "nothing"
        limit = float(rest.rstrip("x")) * usual if rest.endswith("x") else 0.0
        if rest.endswith("MB"):
            limit = float(rest.removesuffix("MB"))
        return "bad" if kind == "memory" and run.megabytes > limit else "good"
    if run.exception.rpartition(".")[2] == kind.rpartition(".")[2]:
        return "bad"
    return "good" if run.status == 0 else "nothing"


def _releases(case: Case) -> list[tuple[str, bool]]:
    """Every release of a case's range, in order, and whether it was yanked."""
    index = next(filter(None, map(os.environ.get, made.INDEXES)), PYPI_SIMPLE_ENDPOINT)
    with PyPISimple(index) as client:
        files = client.get_project_page(case.package).packages
    ends = sorted((Version(case.good), Version(case.bad)))
    yanked: dict[Version, bool] = {}
    for file in files:
        try:
            version = Version(file.version or "")
        except InvalidVersion:
            continue
        if ends[0] <= version <= ends[1] and not version.is_prerelease:
            yanked[version] = yanked.get(version, True) and file.is_yanked
    return [(str(version), yanked[version]) for version in sorted(yanked)]


def _row(case: Case, version: str, yanked: bool, folder: Path) -> Row:
    """Install one release, and run the script in it."""
    _uv("venv", "--quiet", "--python", PYTHON, str(folder))
    pin = f"{case.package}=={version}"
    wheels = ("--only-binary", ":all:", "--python", str(folder))
    missing = _uv("pip", "install", "--quiet", *wheels, pin, *case.with_)
    if missing:
        return Row(version, yanked, missing=missing)
    script = BUGS / case.script
    runs = [_run(folder / "bin" / "python", script, case.deadline) for _ in range(case.runs)]
    return Row(version, yanked, runs=runs)


def _uv(*arguments: str) -> str:
    """Run uv; its last words where it failed, else nothing."""
    command = [str(Path(sys.executable).with_name("uv")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return " ".join(done.stderr.split())[:TAIL] if done.returncode else ""


def _run(python: Path, script: Path, deadline: float) -> Run:
    """Run a script once, in a session of its own so that all of it can be ended."""
    with tempfile.TemporaryDirectory() as scratch:
        report, out, err = (Path(scratch, name) for name in ("report", "out", "err"))
        with out.open("w") as stdout, err.open("w") as stderr:
            process = subprocess.Popen(
                [str(python), "-I", str(LAUNCH), str(report), str(script)],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
            try:
                process.wait(deadline)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signals.SIGKILL)
                process.wait()
                return Run(status=None, seconds=deadline, megabytes=0.0)
        written, printed = err.read_text(errors="replace"), out.read_text(errors="replace")
        ended = msgspec.json.decode(report.read_bytes(), type=dict[str, float])
    traceback = "Traceback (most recent call last)" in written
    raised = RAISED.findall(written) if traceback else []
    return Run(
        status=int(ended["status"]),
        seconds=ended["seconds"],
        megabytes=ended["megabytes"],
        exception=raised[-1] if raised else "",
        stdout=printed[-TAIL:],
        stderr="" if traceback else written[-TAIL:],
    )
