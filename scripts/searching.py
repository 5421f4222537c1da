"""The verbs that search: arguments in, exit status out."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from cyclopts.validators import Number
from packaging.utils import canonicalize_name

from scripts import host, inquiry, signals, store
from scripts.bisection import Bisection
from scripts.campaign import Stopped
from scripts.environments import Environments
from scripts.findings import finding
from scripts.inquiry import Limits
from scripts.investigation import Progress, investigate, replayed
from scripts.options import Json, LoadOptions, ScriptOptions, SomeSeconds
from scripts.pins import SERVER_PREFIX
from scripts.problems import MeasurementProblem, UsageProblem
from scripts.report import answers, screen

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""

Confidence = Annotated[float, Parameter(validator=Number(gte=0.5, lt=1))]

bisect = App(
    name="bisect",
    help="Find the release, or the commit, that changed something, even when it fails by chance.",
    default_parameter=Parameter(negative="", show_default=False),
    version_flags=[],
)


@bisect.default
def bisect_releases(
    *,
    package: str = "",
    good: str = "",
    bad: str = "",
    signal: str = "ReadError",
    load: LoadOptions | None = None,
    own: ScriptOptions | None = None,
    confidence: Confidence = 0.99,
    budget: datetime.timedelta | None = None,
    max_trials: Annotated[int, Parameter(validator=Number(gte=2, lte=10_000))] = 300,
    prereleases: bool = False,
    python: str = "",
    deadline: SomeSeconds | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Find the release that changed something, even when it fails by chance.

    Example: python -m scripts bisect --package httpcore --good 0.17.3 --bad 1.0.9 --signal slow

    Parameters
    ----------
    package
        Whose releases: any package of the client's environment (httpx, anyio, h11, ...), or of the
        server's ('server:uvicorn').
    good, bad
        The two ends. A good one newer than the bad one asks for the fix; one left out is found.
    signal
        What bad means: an exception (ReadError), a chain (ReadError<BrokenPipeError), a cause
        (stale-connection), slow, 'slow>4', 'slow-wall>2', 'p99>2s' or exit.
    confidence
        At which to stop, 0.5 to 1; 0.99 by default.
    budget
        Stop after this time, such as 10m.
    max_trials
        Stop after this many trials; 300 by default.
    prereleases
        Test pre-releases too.
    python
        Version or path of the interpreter; the one in use by default.
    deadline
        Seconds after which a client is taken to hang; by default ten times the ideal.
    resume
        Folder of an interrupted bisection to go on with; everything else is taken from there.
    json
        Print the finding as JSON on standard output.
    """
    environments = Environments()
    if resume is not None:
        return _answered(resume.resolve(), environments, json)
    if not package:
        raise UsageProblem("name the package whose releases to search: --package httpcore.")
    prefix = SERVER_PREFIX if package.startswith(SERVER_PREFIX) else ""
    name = prefix + canonicalize_name(package.removeprefix(SERVER_PREFIX))
    signals.parse(signal)
    target, default = inquiry.base(own or ScriptOptions(), name, python)
    meant = (load or LoadOptions()).resolve(default)
    host.require_open_files(meant.concurrency or 0)
    asked = inquiry.about_releases(
        name,
        good,
        bad,
        (target, meant),
        signal,
        Limits(confidence, budget.total_seconds() if budget else None, max_trials, deadline),
        environments,
        prereleases,
        sys.argv[1:],
    )
    return _answered(inquiry.create(asked), environments, json)


@bisect.command
def log(folder: Path, /) -> int:
    """Print a bisection so that someone else can follow it and ask it again.

    Example: python -m scripts bisect log results/20261123-152409-6744

    Parameters
    ----------
    folder
        The bisection's folder.
    """
    whole = folder.resolve()
    question = inquiry.load_question(whole)
    found = replayed(question, store.trials(whole))
    screen.console().print(answers.log(found), soft_wrap=True)
    return 0


def _answered(folder: Path, environments: Environments, json: bool) -> int:
    """Go on with a question, show its answer, and say by the status whether there is one."""
    question = inquiry.load_question(folder)
    errors = screen.console(stderr=True)
    first, last = question.points[0].name, question.points[-1].name
    words = f"{len(question.points)} points of {question.package}, {first} to {last}"
    errors.print(f"{words}, into {store.shown(folder)}")
    again = f"nox -s bisect -- --resume {store.shown(folder)}"
    try:
        found = investigate(folder, environments, Progress(question, errors))
    except Stopped as stopped:
        errors.print(f"{stopped.why}: the trials are kept; go on with:\n  {again}", soft_wrap=True)
        return INTERRUPTED
    except MeasurementProblem as problem:
        raise MeasurementProblem(f"{problem}\n  {again}") from problem
    answer = finding(found)
    if json:
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    elif answer.trials:
        out = screen.console()
        out.print(answers.told(answer))
        out.print(f"Trials: {store.shown(folder)}", soft_wrap=True)
    if not answer.trials:
        raise UsageProblem(f"no trial says anything about {question.signal!r}: {_last(found)}.")
    return 1 if answer.verdict == "undecided" else 0


def _last(found: Bisection) -> str:
    words = [each.reading.words for each in found.records]
    return words[-1] if words else "there was no time for one"
