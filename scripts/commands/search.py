"""The verbs that search: arguments in, exit status out."""

from __future__ import annotations

import datetime
import shutil
import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from cyclopts.validators import Number
from packaging.utils import canonicalize_name
from rich.text import Text

from scripts.analysis import signals
from scripts.analysis.readings import ATTEMPTS, read
from scripts.analysis.signals import Signal
from scripts.commands.options import (
    Json,
    LoadOptions,
    ScriptOptions,
    SomeSeconds,
    python_version,
    under,
)
from scripts.domain import targets
from scripts.domain.files import replace
from scripts.domain.pins import SERVER_PREFIX
from scripts.domain.problems import INTERRUPTED, Aborted, MeasurementProblem, UsageProblem
from scripts.domain.trial import Load, Target
from scripts.domain.words import plain
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.report import answers, readings, screen
from scripts.search import points
from scripts.search.bisection import Bisection
from scripts.search.finding import finding
from scripts.search.history import History
from scripts.search.investigate import Found, Progress, investigate, replayed
from scripts.search.points import Asked, Limits
from scripts.trials import campaign, store
from scripts.trials.lanes import Stopped, ThisMachine
from scripts.trials.series import Series

SKIP = 125
"""Exit status that tells git bisect to leave a commit out."""

Confidence = Annotated[float, Parameter(validator=Number(gte=0.5, lt=1))]

bisect = App(
    name="bisect",
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
    source: Path | None = None,
    code_only: bool = False,
    python: str = "",
    deadline: SomeSeconds | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Find the release, or the commit, that changed something, even when it fails by chance.

    Example: python -m scripts bisect --package httpcore --good 0.17.3 --bad 1.0.9 --signal slow

    Parameters
    ----------
    package
        Whose releases: any package of the client's environment (httpx, anyio, h11, ...), or of the
        server's ('server:uvicorn').
    good
        A release, or ref, where the signal does not show; newer than the bad one asks for the fix.
    bad
        One where it does. An end that is left out is found.
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
    source
        Local git clone: search its commits from ref to ref instead of releases. It is only read.
    code_only
        Leave out commits that change nothing but documents or tests.
    python
        Version or path of the interpreter; the one in use by default.
    deadline
        Seconds after which a client is taken to hang; by default ten times the ideal.
    resume
        Folder of an interrupted bisection to go on with; everything else is taken from there.
    json
        Print the finding as JSON on standard output.
    """
    if resume is not None:
        return _answered(resume.resolve(), json)
    if not package:
        raise UsageProblem("name the package whose releases to search: --package httpcore.")
    limits = Limits(confidence, budget.total_seconds() if budget else None, max_trials, deadline)
    asked = _asked(package, own, load, signal, python, limits)
    if source is not None:
        question = points.about_commits(asked, Clone(source), good, bad, code_only)
    else:
        question = points.about_releases(asked, good, bad, prereleases, Environments())
    return _answered(points.create(question), json)


def check(
    *,
    package: str = "",
    source: Path | None = None,
    signal: str = "ReadError",
    trials: Annotated[int, Parameter(validator=Number(gte=1, lte=1000))] = 3,
    load: LoadOptions | None = None,
    own: ScriptOptions | None = None,
    python: str = "",
    deadline: SomeSeconds | None = None,
) -> int:
    """Say by the exit status whether a signal shows: 0 no, 1 yes, 125 cannot be told, 128 abort.

    Made for `git bisect run` and whatever else speaks its contract. In the clone that is bisected:
    git bisect run env PYTHONPATH=path/to/this/project python -P -m scripts check --source . ...

    Example: python -m scripts check --source path/to/clone --package httpcore --trials 5

    Parameters
    ----------
    package
        The package under judgement, where it comes from --source.
    source
        Local git clone whose HEAD is judged, without what is not committed.
    signal
        What bad means, as for bisect; slow needs its ratio here: 'slow>4'.
    trials
        Bad as soon as one is bad; good when so many were good.
    python
        Version or path of the interpreter; the one in use by default.
    deadline
        Seconds after which the client is taken to hang; by default ten times the ideal.
    """
    try:
        meant = signals.parse(signal)
        if meant.needs_control and meant.threshold is None:
            raise UsageProblem(f"{signal!r} needs its ratio here: '{signal}>4'.")
        if source is not None and not package:
            raise UsageProblem("name the package that --source holds: --package httpcore.")
        name = canonicalize_name(package)
        target, default = points.base(own or ScriptOptions(), name, python)
        clone = None if source is None else Clone(source)
        if clone is not None:
            target = targets.at_commit(target, name, clone.sha("HEAD"))
        environments = Environments(clone=clone)
        python_version(python, environments)
        return _verdict(meant, target, under(load, default), trials, environments, deadline)
    except Stopped:
        return INTERRUPTED
    except Exception as error:
        # Whatever went wrong, it must not look like a bad commit.
        raise Aborted(str(error) or type(error).__name__) from error


def _verdict(
    meant: Signal,
    target: Target,
    load: Load,
    trials: int,
    environments: Environments,
    deadline: float | None,
) -> int:
    """0 when so many trials were good, 1 as soon as one is bad, 125 where they say nothing."""
    folder = campaign.create(campaign.plan([], 1, 1, deadline))
    errors = screen.console(stderr=True)
    good = 0
    with Series(folder, ThisMachine(environments), deadline) as series:
        for number in range(1, trials + ATTEMPTS):
            control = series.run(targets.control(), load, number) if meant.needs_control else None
            trial = series.run(target, load, number)
            reading = read(meant, trial, control)
            said = f"{target.name}: {reading.verdict} ({readings.words(reading)})"
            errors.print(plain(said), markup=False)
            if reading.bad:
                return 1
            good += reading.bad is False
            if good == trials:
                return 0
            if trial.outcome == "unavailable" or number - good >= ATTEMPTS:
                break
    return SKIP


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
    question = points.load_question(whole)
    found = replayed(Bisection(question), store.trials(whole))
    screen.console().print(answers.log(found), soft_wrap=True)
    return 0


def history(
    *,
    package: str = "",
    since: str = "",
    until: str = "",
    signal: str = "ReadError",
    load: LoadOptions | None = None,
    own: ScriptOptions | None = None,
    budget: datetime.timedelta = datetime.timedelta(minutes=10),
    max_trials: Annotated[int, Parameter(validator=Number(gte=2, lte=10_000))] = 300,
    prereleases: bool = False,
    python: str = "",
    deadline: SomeSeconds | None = None,
    resume: Path | None = None,
    json: Json = False,
) -> int:
    """Find every change along a package's releases: good, bad, good again.

    Example: python -m scripts history --package httpx2 --signal ReadError --budget 15m

    Parameters
    ----------
    package
        Whose releases, as for bisect.
    since
        First release; by default the oldest that the client script can use.
    until
        Last release; the newest by default.
    signal
        What bad means, as for bisect; slow compares costs and needs no ratio here.
    budget
        Stop after this time; 10m by default.
    max_trials
        Stop after this many trials; 300 by default.
    prereleases
        Test pre-releases too.
    python
        Version or path of the interpreter; the one in use by default.
    deadline
        Seconds after which a client is taken to hang; by default ten times the ideal.
    resume
        Folder of an interrupted history to go on with; everything else is taken from there.
    json
        Print the history as JSON on standard output.
    """
    if resume is not None:
        folder = resume.resolve()
    else:
        if not package:
            raise UsageProblem("name the package whose history to follow: --package httpx2.")
        limits = Limits(0.99, budget.total_seconds(), max_trials, deadline)
        asked = _asked(package, own, load, signal, python, limits)
        question = points.about_line(asked, since, until, prereleases, Environments())
        folder = points.create(question)
    found = _gone_on(History(points.load_question(folder)), folder, "history")
    if found is None:
        return INTERRUPTED
    line = found.line()
    if not line.trials:
        raise _mute(found, folder)
    from scripts.report.figures import chart  # half a second of matplotlib, for this verb alone

    path = folder / "history.svg"
    replace(path, chart.svg(line))
    if json:
        sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    else:
        out = screen.console()
        out.print(answers.line(line))
        shown = f"Trials: {store.shown(folder)}\nThe same as a chart: {store.shown(path)}"
        out.print(shown, soft_wrap=True)
    return 0


def _asked(
    package: str,
    own: ScriptOptions | None,
    load: LoadOptions | None,
    signal: str,
    python: str,
    limits: Limits,
) -> Asked:
    """What a call asks about, before it says which points."""
    signals.parse(signal)
    prefix = SERVER_PREFIX if package.startswith(SERVER_PREFIX) else ""
    name = prefix + canonicalize_name(package.removeprefix(SERVER_PREFIX))
    target, default = points.base(own or ScriptOptions(), name, python)
    return Asked(name, target, under(load, default), signal, limits, sys.argv[1:])


def _gone_on(found: Found, folder: Path, verb: str) -> Found | None:
    """Go on with a search, telling how; None where it was interrupted, which is told too."""
    question = found.question
    clone = Clone(Path(question.clone)) if question.clone else None
    errors = screen.console(stderr=True)
    first, last = question.points[0].name, question.points[-1].name
    words = f"{len(question.points)} points of {question.package}, {first} to {last}"
    errors.print(Text(plain(f"{words}, into {store.shown(folder)}")), soft_wrap=True)
    again = f"nox -s {verb} -- --resume {store.shown(folder)}"
    try:
        progress = Progress(question, errors, readings.words)
        return investigate(found, folder, ThisMachine(Environments(clone=clone)), progress)
    except Stopped as stopped:
        errors.print(f"{stopped.why}: the trials are kept; go on with:\n  {again}", soft_wrap=True)
        return None
    except MeasurementProblem as problem:
        raise MeasurementProblem(f"{problem}\n  {again}") from problem


def _answered(folder: Path, json: bool) -> int:
    """Go on with a question, show its answer, and say by the status whether there is one."""
    found = _gone_on(Bisection(points.load_question(folder)), folder, "bisect")
    if found is None:
        return INTERRUPTED
    answer = finding(found)
    if not answer.trials:
        raise _mute(found, folder)
    if json:
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
    else:
        out = screen.console()
        out.print(answers.told(answer))
        out.print(f"Trials: {store.shown(folder)}", soft_wrap=True)
    return 1 if answer.verdict == "undecided" else 0


def _mute(found: Bisection | History, folder: Path) -> UsageProblem:
    """What to say where no trial says anything; the search is not worth keeping then."""
    shutil.rmtree(folder, ignore_errors=True)
    words = [readings.words(record.reading) for record in found.records]
    last = words[-1].rstrip(".") if words else "there was no time for one"
    return UsageProblem(f"no trial says anything about {found.question.signal!r}: {last}.")
