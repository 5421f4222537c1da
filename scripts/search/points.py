"""From the words of a call to a question: which points, in which order, with which ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from packaging.version import Version

from scripts.analysis import signals
from scripts.commands.options import ScriptOptions, python_version
from scripts.domain import libraries, targets
from scripts.domain.pins import SERVER_PREFIX, project
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Load, Target
from scripts.environments import index
from scripts.environments.build import Environments
from scripts.environments.clone import Clone
from scripts.environments.index import Release
from scripts.search import ends, holding
from scripts.search.question import QUESTION_SCHEMA, Point, Question
from scripts.trials import store

QUESTION = "question.json"


class Limits(msgspec.Struct, frozen=True):
    """When a search stops: confidence (0 to 1), seconds (None for no limit), trials."""

    confidence: float
    budget: float | None
    most: int
    deadline: float | None


class Asked(msgspec.Struct, frozen=True):
    """What every question is made of.

    Attributes:
        package: as the index names it; "server:uvicorn" for one of the server's environment.
        target: that each point is a variant of.
        load: under which load.
        signal: what bad means.
        limits: when to stop.
        command: the arguments that asked.
    """

    package: str
    target: Target
    load: Load
    signal: str
    limits: Limits
    command: Sequence[str]

    @property
    def name(self) -> str:
        """The package's own name, whichever environment it belongs to."""
        return self.package.removeprefix(SERVER_PREFIX)

    @property
    def since(self) -> Version | None:
        """The oldest release that the client script can use, where the script sets one."""
        axis = libraries.axes().get(self.name)
        ours = axis is not None and self.target.script == axis.script
        return Version(axis.since) if axis is not None and ours else None


def about_releases(
    asked: Asked, good: str, bad: str, prereleases: bool, environments: Environments
) -> Question:
    """A question about a package's releases.

    Args:
        asked: what is asked.
        good, bad: releases; one or both may be empty, and are then found.
        prereleases: whether to test those too.
        environments: where clients and servers run.

    Raises:
        UsageProblem: there is no such package or release, the ends are one, or nothing lies
            between them.
        MeasurementProblem: the index cannot be reached.
    """
    meant = signals.parse(asked.signal)
    found = _listed(asked, prereleases, environments)
    chosen, fix, widen = ends.span(asked.name, found, good, bad, asked.since)
    if widen and meant.needs_control and meant.threshold is None:
        ratio = f"'{asked.signal}>4'"
        raise UsageProblem(
            f"{asked.signal!r} needs both ends, which tell what slow is, or a ratio: {ratio}."
        )
    return _question(asked, _points(asked, chosen, environments), fix=fix, widen=widen)


def about_line(
    asked: Asked, since: str, until: str, prereleases: bool, environments: Environments
) -> Question:
    """A question about a whole line of releases, in version order.

    Args:
        since, until: the first and last release; all that the script can use where empty.
        asked, prereleases, environments: as for releases.

    Raises:
        UsageProblem, MeasurementProblem: as for releases.
    """
    found = _listed(asked, prereleases, environments)
    first = found[ends.index(asked.name, found, since)].version if since else asked.since
    last = found[ends.index(asked.name, found, until)].version if until else found[-1].version
    first = first or found[0].version
    chosen = [each for each in found if first <= each.version <= last]
    if len(chosen) < 2:
        raise UsageProblem(f"there are not two releases of {asked.name} from {first} to {last}.")
    return _question(asked, _points(asked, chosen, environments))


def about_commits(asked: Asked, clone: Clone, good: str, bad: str, code_only: bool) -> Question:
    """A question about a package's commits in a local clone.

    Args:
        asked: what is asked.
        clone: the clone, which holds the package.
        good, bad: refs.
        code_only: whether commits that change only documents or tests are left out.

    Raises:
        UsageProblem: a ref does not exist, the two are one or unrelated, or the project is not in
            the clone.
    """
    if not good or not bad:
        raise UsageProblem("--source needs both --good and --bad, as refs of the clone.")
    found, fix = clone.between(good, bad)
    ends_of_it = (found[0], found[-1])
    there = clone.projects(found[-1].sha)
    if asked.package not in there:
        known = ", ".join(sorted(there)) or "none"
        raise UsageProblem(
            f"the clone holds no project {asked.package!r} at {bad}; it holds {known}."
        )
    points = [
        Point(
            f"{each.short} {each.subject}"[:72],
            targets.at_commit(asked.target, asked.package, each.sha),
            each.day,
            each.sha,
        )
        for each in found
        if each.matters or each in ends_of_it or not code_only
    ]
    return _question(asked, points, fix=fix, clone=str(clone.folder.resolve()))


def _listed(asked: Asked, prereleases: bool, environments: Environments) -> list[Release]:
    """The package's releases that its interpreter can run, at least one, oldest first."""
    python = python_version(asked.target.python, environments)
    found = index.releases(asked.name, python, prereleases)
    if not found:
        raise UsageProblem(f"no release of {asked.name} runs on Python {python}.")
    return found


def _points(asked: Asked, chosen: Sequence[Release], environments: Environments) -> list[Point]:
    """Releases as points: a target each, all other packages held equal where pins allow."""
    points = [
        Point(
            str(each.version),
            targets.repinned(asked.target, {asked.package: str(each.version)}),
            each.uploaded.isoformat() if each.uploaded else None,
        )
        for each in chosen
    ]
    return holding.held(points, asked.package, environments)


def _question(
    asked: Asked,
    points: list[Point],
    fix: bool = False,
    widen: Literal["good", "bad", ""] = "",
    clone: str = "",
) -> Question:
    """A question, named after the time it was asked."""
    name, created = store.named_now()
    control = targets.control() if signals.parse(asked.signal).needs_control else None
    if control is not None:
        # Its own name keeps it apart from a point that runs the same release.
        apart = f"{control.name} (control)"
        control = msgspec.structs.replace(control, name=apart, python=asked.target.python)
    return Question(
        name=name,
        created=created,
        command=tuple(asked.command),
        package=asked.package,
        points=points,
        fix=fix,
        widen=widen,
        signal=asked.signal,
        load=asked.load,
        control=control,
        confidence=asked.limits.confidence,
        budget=asked.limits.budget,
        most=asked.limits.most,
        deadline=asked.limits.deadline,
        clone=clone,
    )


def base(own: ScriptOptions, package: str, python: str) -> tuple[Target, Load]:
    """The target whose package varies, and its load by default.

    The client is the user's own, else the one of the axis that the package or the other pins
    belong to, else the document's.

    Raises:
        UsageProblem: a pin or a path is wrong, or the package is pinned as well.
    """
    pinned, server = targets.split(own.with_)
    held = {*map(project, pinned), *(SERVER_PREFIX + project(each) for each in server)}
    if package in held:
        raise UsageProblem(f"{package} is what varies: leave it out of --with.")
    pins = list(own.with_)
    if own.script is None and package in libraries.axes() and targets.axis_of(pinned) is None:
        # Any version will do to name the axis; each point brings its own.
        pins.append(f"{package}==0")
    elif own.script is None and targets.axis_of(pinned) is None:
        pins += targets.named()["document"]
    options = ScriptOptions(own.script, tuple(pins), own.server, own.url)
    return options.target(python)


def create(asked: Question, place: Path | None = None) -> Path:
    """Make a question's folder and write it there.

    Raises:
        MeasurementProblem: the folder cannot be written.
    """
    return store.create(asked, QUESTION, place)


def load_question(folder: Path) -> Question:
    """Read a question.

    Raises:
        UsageProblem: the folder holds none of this schema.
    """
    found = store.described(folder, QUESTION, Question, "bisection", QUESTION_SCHEMA)
    if len(found.points) < 2:
        raise UsageProblem(f"{store.shown(folder)} asks about fewer than two points: start anew.")
    return found
