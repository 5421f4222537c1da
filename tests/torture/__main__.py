"""Try to break the tool: `nox -s torture`. Takes a quarter of an hour.

Writes the table in CONTRIBUTING.md when all its figures are as they must be; exits with status 1
when one is not.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress

from scripts.__main__ import run_app, status_of
from scripts.domain.files import PROJECT, replace
from scripts.report.gate.trials import gated
from scripts.report.gate.withheld import Gate
from tests.report.gate.secrets import secrets
from tests.report.gate.test_gate import holding
from tests.torture.disks import CASES, NotAllowed
from tests.torture.injections import SEEN, injections
from tests.torture.kills import chains, interrupted
from tests.torture.wrong_calls import WrongCall, wrong_calls

PLACE = re.compile(r"(<!-- torture -->\n).*?(<!-- /torture -->)", re.DOTALL)
"""Where CONTRIBUTING.md has the table."""

WELL_SAID = (1, 2, 125, 128)
"""Statuses of a call that is wrong."""

LONGEST = 900
"""Characters that the answer to a wrong call has at most."""


@dataclass
class Figure:
    """What was tried, and what came of it.

    Attributes:
        tried: what, in words.
        count: how often.
        wrong: what went wrong, by kind, with where.
        kinds: of what could go wrong, in words.
        skipped: why some of it was not tried; empty where all was.
    """

    tried: str
    count: int
    kinds: str
    wrong: list[tuple[str, str]] = field(default_factory=list)
    skipped: str = ""

    def row(self) -> str:
        """It as a row of a table."""
        return f"| {self.tried}{self.skipped} | {self.count} | {self.kinds} | {len(self.wrong)} |"


@dataclass(frozen=True)
class Answer:
    """What a call did in this process: its status, or the traceback, and what it printed."""

    status: int | str
    said: str
    printed: str
    left: list[str]


def answered(call: WrongCall, results: Path) -> Answer:
    """Make a call in this process, with a folder of results of its own."""
    shutil.rmtree(results, ignore_errors=True)
    before = dict(os.environ)
    os.environ.update({"RESULTS_FOLDER": str(results), **call.variables})
    said, printed = io.StringIO(), io.StringIO()
    status: int | str
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
            status = status_of(lambda: run_app(call.arguments))
    except BaseException as error:
        status = f"{type(error).__name__}: {traceback.format_exc().splitlines()[-3:]}"
    finally:
        os.environ.clear()
        os.environ.update(before)
    left = [str(path) for path in results.glob("*")] if results.exists() else []
    printed_too = printed.getvalue() + "".join(
        Path(path).read_text() for path in left if path.endswith(".md")
    )
    return Answer(status, said.getvalue(), printed_too, left)


def wrong_figure(folder: Path) -> Figure:
    """Wrong calls: each is to be answered in a sentence, and to leave nothing."""
    calls = wrong_calls(folder)
    kinds = "tracebacks, answers that are no sentence, leftovers"
    figure = Figure("wrong calls", len(calls), kinds)
    for call in calls:
        answer = answered(call, folder / "results")
        bad = (
            answer.status not in WELL_SAID
            or "Traceback" in answer.said
            or len(answer.said) > LONGEST
            or not answer.said.strip()
            or bool(answer.left)
        )
        if bad:
            figure.wrong.append((str(answer.status), f"{call.name}: {answer.said[:200]}"))
    return figure


def injection_figure(folder: Path) -> Figure:
    """What would steer a terminal."""
    calls = list(injections(folder))
    figure = Figure("terminal injections", len(calls), "characters that a terminal obeys, printed")
    for call in calls:
        answer = answered(call, folder / "results")
        text = answer.said + answer.printed
        if isinstance(answer.status, str) or any(character in text for character in SEEN):
            figure.wrong.append((str(answer.status), call.name))
    return figure


def secret_figure() -> Figure:
    """Secrets, wherever a trial holds texts."""
    kinds = secrets()
    figure = Figure(
        f"{len(kinds)} kinds of secrets in messages, tracebacks, output and freezes of made-up "
        "trials, each with and without what a library's source says of the message",
        2 * len(kinds),
        "kinds that get through the gate",
    )
    for secret in kinds:
        for known in (None, "spans"):
            text = msgspec.json.encode(gated(holding(secret, known), Gate())).decode()
            figure.wrong += [("through", secret.kind) for part in secret.parts if part in text]
    return figure


def disk_figure(folder: Path, console: Console) -> Figure:
    """Full disks, and too little memory."""
    figure = Figure(
        "disks full of bytes and of files, that cannot be written, full output, little memory",
        len(CASES),
        "no sentence, trials lost, changed or half written, hangs",
    )
    for number, (name, case) in enumerate(CASES.items()):
        try:
            figure.wrong += case(folder / str(number))
        except NotAllowed:
            figure.count -= 1
            figure.skipped = " (some were not tried: mounting takes root)"
            console.print(f"not tried, as this process may mount nothing: {name}")
    return figure


def kill_figure(folder: Path, share: float, progress: Progress) -> Figure:
    """Kills at random moments, two chains at a time."""
    folder.mkdir(parents=True)
    planned = chains(folder)
    task = progress.add_task("kills", total=sum(chain.interruptions for chain in planned))
    figure = Figure(
        "kills at random moments (SIGKILL, SIGTERM, SIGINT, SIGHUP; before a fifth of them a "
        "client or server is stopped for a moment) of "
        + ", ".join(dict.fromkeys(chain.name for chain in planned)),
        0,
        "trials lost, doubled, changed or half written; processes and files left over",
    )

    def run(number: int) -> Iterable[tuple[str, str]]:
        chain = planned[number]
        own = folder / str(number)
        own.mkdir()
        found = interrupted(chain, own, number, share, lambda: progress.advance(task))
        figure.count += found.kills
        return found.wrong

    with ThreadPoolExecutor(2) as pool:
        for wrong in pool.map(run, range(len(planned))):
            figure.wrong += wrong
    return figure


def main() -> int:
    """Try, report, write."""
    parser = argparse.ArgumentParser(prog="nox -s torture --", description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the kills (default 1.0)")
    asked = parser.parse_args()
    # What was started in the background, or by nohup, would hand on that it ignores these.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    console = Console(stderr=True)
    os.environ["COLUMNS"] = "200"
    figures = []
    with (
        tempfile.TemporaryDirectory(prefix="torture-") as scratch,
        Progress(console=console, transient=True) as progress,
    ):
        place = Path(scratch)
        figures.append(secret_figure())
        figures.append(injection_figure(place / "injections"))
        figures.append(wrong_figure(place / "calls"))
        figures.append(disk_figure(place / "disks", console))
        figures.append(kill_figure(place / "kills", asked.share, progress))
    lines = ["| tried | times | what may go wrong | went wrong |", "|---|--:|---|--:|"]
    lines += [figure.row() for figure in figures]
    sys.stdout.write("\n".join(lines) + "\n")
    for figure in figures:
        for kind, where in figure.wrong:
            console.print(f"{kind}: {where}", markup=False, soft_wrap=True)
    if any(figure.wrong for figure in figures):
        return 1
    if asked.share >= 1:
        path = PROJECT / "CONTRIBUTING.md"
        table = "\n".join(lines)
        text = PLACE.sub(lambda found: f"{found[1]}{table}\n{found[2]}", path.read_text())
        replace(path, text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
