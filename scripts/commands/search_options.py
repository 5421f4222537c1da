"""Options of the verbs that search, and what they mean together."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number
from packaging.utils import canonicalize_name

from scripts.analysis import signals
from scripts.commands.options import (
    Deadline,
    LoadOptions,
    Python,
    ScriptOptions,
    counting,
    python_version,
    under,
)
from scripts.domain import libraries, targets
from scripts.domain.pins import SERVER_PREFIX, project
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Load, Target
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.search.chain import Depth
from scripts.search.holding import Progress
from scripts.search.points import Among, Asked, Limits

Confidence = Annotated[float, Parameter(validator=Number(gte=0.5, lt=1))]
MaxTrials = Annotated[int, counting(2, 10_000)]

USUAL_CONFIDENCE = 0.99
"""Confidence at which a bisection stops where the call names none."""

USUAL_LINE_CONFIDENCE = 0.95
"""Likewise of a history, which speaks of every place of the line at once."""


@Parameter(name="*")
@dataclass(frozen=True)
class TrialOptions:
    """What a trial runs."""

    load: LoadOptions | None = None
    own: ScriptOptions | None = None

    def varying(self, package: str, python: str) -> tuple[Target, Load]:
        """The target whose package varies, and its load by default.

        The client is the user's own, else the one of the axis that the package or the other pins
        belong to, else the document's.

        Raises:
            UsageProblem: a pin or a path is wrong, or the package is pinned as well.
        """
        own = self.own or ScriptOptions()
        client, server = targets.split(own.with_)
        held = {*map(project, client), *(SERVER_PREFIX + project(pin) for pin in server)}
        if package in held:
            raise UsageProblem(f"{package} is what varies: leave it out of --with.")
        pins = list(own.with_)
        if own.script is None and not own.module and targets.axis_of(client) is None:
            # Any version will do to name the axis; each point brings its own.
            named = (
                [f"{package}==0"] if package in libraries.axes() else targets.named()["document"]
            )
            pins += named
        return replace(own, with_=tuple(pins)).target(python)


def unpinned(own: ScriptOptions, python: str, names: Iterable[str] = ()) -> tuple[Target, Load]:
    """What runs where its packages are those of a day or of a file, and its load by default: what
    --with pins is pinned, and nothing else.

    Args:
        own: as the call has it.
        python: as a target has it.
        names: of packages that tell which client it is, where the call does not.

    Raises:
        UsageProblem: a pin or a path is wrong.
    """
    client, server = targets.split(own.with_)
    if own.script is not None or own.module or targets.axis_of(client) is not None:
        return own.target(python)
    axis = targets.axis_of(names) or libraries.axes()[libraries.DOCUMENT]
    # Any version will do to name the axis.
    target, load = replace(own, with_=(*own.with_, f"{axis.package}==0")).target(python)
    words = [*targets.own_words(target), axis.package]
    name = targets.title(words, client, server, target.held)
    return msgspec.structs.replace(target, pins=client, name=name), load


@Parameter(name="*")
@dataclass(frozen=True)
class EndsOptions:
    """What a bisection looks for."""

    package: str = ""
    """Whose releases: any package of the client's environment (httpx, anyio, h11, ...), or of the
    server's ('server:uvicorn'), or one that the script imports."""
    good: str = ""
    """A release, or ref, where the signal does not show; newer than the bad one asks for the
    fix."""
    bad: str = ""
    """One where it does. An end that is left out is found."""
    dates: str = ""
    """Days instead of releases, such as 2024-10-20..today: on which day it began, or ended, with
    all that --with does not pin as of each day."""
    down_to: Depth | None = None
    """With --dates, where to end: package (which of those that changed on the day), release (the
    default) or commit (with --source)."""
    signal: str = "ReadError"
    """What bad means, ReadError by default: an exception (ReadError), a chain
    (ReadError<BrokenPipeError), a cause (stale-connection), slow, 'slow>4', 'slow-wall>2',
    'p99>2s', exit (any status but 0), 'exit!=1' (any but 0 and 1), exit=1, exit=SIGSEGV, hang,
    'stdout~REGEX', 'stderr~REGEX', 'memory>1.5x' (peak, beside the good end's median),
    'memory>200MB' or 'wall>3s'. A trial that could not have shown it says nothing."""


@Parameter(name="*")
@dataclass(frozen=True)
class LineOptions:
    """What a history follows."""

    package: str = ""
    """Whose releases, as for bisect."""
    since: str = ""
    """First release; by default the oldest that the client script can use."""
    until: str = ""
    """Last release; the newest by default."""
    dates: str = ""
    """Days instead of releases, as for bisect."""
    signal: str = "ReadError"
    """What bad means, as for bisect; slow compares costs and needs no ratio here; memory needs its
    bytes."""


@Parameter(name="*")
@dataclass(frozen=True)
class SureOptions:
    """When a bisection stops."""

    confidence: Confidence = USUAL_CONFIDENCE
    """At which to stop, 0.5 to 1; 0.99 by default."""
    budget: datetime.timedelta | None = None
    """Stop after this time, such as 10m."""
    max_trials: MaxTrials = 300
    """Stop after this many trials; 300 by default."""

    def limits(self, deadline: float | None) -> Limits:
        """When the search stops, and after how many seconds a client hangs."""
        seconds = self.budget.total_seconds() if self.budget else None
        return Limits(self.confidence, seconds, self.max_trials, deadline)


@Parameter(name="*")
@dataclass(frozen=True)
class BudgetOptions:
    """When a history stops."""

    confidence: Confidence = USUAL_LINE_CONFIDENCE
    """That the changes are those found and no others, 0.5 to 1; 0.95 by default."""
    budget: datetime.timedelta = datetime.timedelta(minutes=10)
    """Stop after this time; 10m by default."""
    max_trials: MaxTrials = 300
    """Stop after this many trials; 300 by default."""

    def limits(self, deadline: float | None) -> Limits:
        """When the search stops, and after how many seconds a client hangs."""
        return Limits(self.confidence, self.budget.total_seconds(), self.max_trials, deadline)


@Parameter(name="*")
@dataclass(frozen=True)
class CommitOptions:
    """Which releases or commits a bisection tries, and how."""

    prereleases: bool = False
    """Test pre-releases too."""
    source: Path | None = None
    """Local git clone: search its commits from ref to ref instead of releases; with --down-to
    commit, those of the package that is found. It is only read."""
    code_only: bool = False
    """Leave out commits that change nothing but documents or tests."""
    python: Python = ""
    deadline: Deadline | None = None


@Parameter(name="*")
@dataclass(frozen=True)
class ReleaseOptions:
    """Which releases a history tries, and how."""

    prereleases: bool = False
    """Test pre-releases too."""
    python: Python = ""
    deadline: Deadline | None = None


def asked(
    sought: EndsOptions | LineOptions, runs: TrialOptions, python: str, limits: Limits
) -> Asked:
    """What a call asks about, before it says which points.

    Raises:
        UsageProblem: the signal or what a trial runs is wrong.
        MeasurementProblem: too few files may be open for the load.
    """
    signals.parse(sought.signal)
    prefix = SERVER_PREFIX if sought.package.startswith(SERVER_PREFIX) else ""
    package = prefix + canonicalize_name(sought.package.removeprefix(SERVER_PREFIX))
    if sought.dates:
        target, default = unpinned(runs.own or ScriptOptions(), python)
    else:
        target, default = runs.varying(package, python)
    return Asked(
        package, target, under(runs.load, default, target), sought.signal, limits, sys.argv[1:]
    )


def depth(down_to: Depth, source: Path | None) -> tuple[Depth, str]:
    """What a chain goes down to, and the clone it ends in; empty for none.

    Raises:
        UsageProblem: commits are asked for without a clone, or a clone without them.
    """
    if (down_to == "commit") != (source is not None):
        raise UsageProblem("--down-to commit and --source, the clone of the package, go together.")
    return down_to, "" if source is None else str(Clone(source).folder.resolve())


def among(python: str, prereleases: bool, progress: Progress) -> Among:
    """Which releases count for a call.

    Args:
        python: version or path; empty for one of the document's.
        prereleases: whether those count.
        progress: told how the holding of other packages goes on.

    Raises:
        MeasurementProblem: there is no such interpreter here.
    """
    environments = Environments()
    return Among(python_version(python, environments), prereleases, environments, progress)
