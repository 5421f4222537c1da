"""From the words of a call to a question: which points, in which order, with which ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from packaging.version import Version

from scripts import ends, holding, releases, signals, store, targets
from scripts.axes import AXES
from scripts.commits import Clone
from scripts.environments import Environments
from scripts.model import Load, Target
from scripts.options import ScriptOptions, python_version
from scripts.pins import SERVER_PREFIX, project
from scripts.problems import UsageProblem
from scripts.questions import Point, Question
from scripts.releases import Release
from scripts.store import RESULTS

QUESTION = "question.json"


class Limits(msgspec.Struct, frozen=True):
    """When a search stops: confidence (0 to 1), seconds (None for no limit), trials."""

    confidence: float
    budget: float | None
    most: int
    deadline: float | None


def about_releases(
    package: str,
    good: str,
    bad: str,
    base: tuple[Target, Load],
    signal: str,
    limits: Limits,
    environments: Environments,
    prereleases: bool,
    command: Sequence[str],
) -> Question:
    """A question about a package's releases.

    Args:
        package: as the index names it; "server:uvicorn" for one of the server's environment.
        good, bad: releases; one or both may be empty, and are then found.
        base: the target that each release is pinned in, and the load.
        signal: what bad means.
        limits: when to stop.
        environments: where clients and servers run.
        prereleases: whether to test those too.
        command: the arguments that asked.

    Raises:
        UsageProblem: there is no such package or release, the ends are one, or nothing lies
            between them.
        MeasurementProblem: the index cannot be reached.
    """
    name = package.removeprefix(SERVER_PREFIX)
    meant = signals.parse(signal)
    found = releases.releases(name, python_version(base[0].python, environments), prereleases)
    axis = AXES.get(name)
    bottom = Version(axis.since) if axis is not None and base[0].script == axis.script else None
    chosen, fix, widen = ends.span(name, found, good, bad, bottom)
    if widen and meant.needs_control and meant.threshold is None:
        raise UsageProblem(
            f"{signal!r} needs both ends, which tell what slow is, or a ratio: '{signal}>4'."
        )
    points = holding.held(released(chosen, package, base[0]), package, environments)
    return question(package, points, fix, signal, base[1], limits, command, widen=widen)


def about_line(
    package: str,
    since: str,
    until: str,
    base: tuple[Target, Load],
    signal: str,
    limits: Limits,
    environments: Environments,
    prereleases: bool,
    command: Sequence[str],
) -> Question:
    """A question about a whole line of releases, in version order.

    Args:
        since, until: the first and last release; all that the script can use where empty.
        package, base, signal, limits, environments, prereleases, command: as for releases.

    Raises:
        UsageProblem, MeasurementProblem: as for releases.
    """
    name = package.removeprefix(SERVER_PREFIX)
    python = python_version(base[0].python, environments)
    found = releases.releases(name, python, prereleases)
    if not found:
        raise UsageProblem(f"no release of {name} runs on Python {python}.")
    axis = AXES.get(name)
    bottom = axis.since if axis is not None and base[0].script == axis.script else ""
    first = found[ends.index(name, found, since)].version if since else Version(bottom or "0")
    last = found[ends.index(name, found, until)].version if until else found[-1].version
    chosen = [each for each in found if first <= each.version <= last]
    if len(chosen) < 2:
        raise UsageProblem(f"there are not two releases of {name} from {first} to {last}.")
    points = holding.held(released(chosen, package, base[0]), package, environments)
    return question(package, points, False, signal, base[1], limits, command)


def released(chosen: Sequence[Release], package: str, target: Target) -> list[Point]:
    """Releases as points: a target each, with that release pinned."""
    return [
        Point(
            str(each.version),
            targets.repinned(target, {package: str(each.version)}),
            each.uploaded.isoformat() if each.uploaded else None,
        )
        for each in chosen
    ]


def about_commits(
    clone: Clone,
    package: str,
    good: str,
    bad: str,
    base: tuple[Target, Load],
    signal: str,
    limits: Limits,
    code_only: bool,
    command: Sequence[str],
) -> Question:
    """A question about a package's commits in a local clone.

    Args:
        clone: the clone.
        package: a project of it.
        good, bad: refs.
        base, signal, limits, command: as for releases.
        code_only: whether commits that change only documents or tests are left out.

    Raises:
        UsageProblem: a ref does not exist, the two are one or unrelated, the project is not in
            the clone, or "slow" has no ratio.
    """
    signals.parse(signal)
    if not good or not bad:
        raise UsageProblem("--source needs both --good and --bad, as refs of the clone.")
    found, fix = clone.between(good, bad)
    ends = (found[0], found[-1])
    there = clone.projects(found[-1].sha)
    if package not in there:
        known = ", ".join(sorted(there)) or "none"
        raise UsageProblem(f"the clone holds no project {package!r} at {bad}; it holds {known}.")
    points = [
        Point(
            f"{each.short} {each.subject}"[:72],
            targets.at_commit(base[0], package, each.sha),
            each.day,
            each.sha,
        )
        for each in found
        if each.matters or each in ends or not code_only
    ]
    folder = str(clone.folder.resolve())
    return question(package, points, fix, signal, base[1], limits, command, clone=folder)


def question(
    package: str,
    points: list[Point],
    fix: bool,
    signal: str,
    load: Load,
    limits: Limits,
    command: Sequence[str],
    widen: Literal["good", "bad", ""] = "",
    clone: str = "",
) -> Question:
    """A question, named after the time it was asked."""
    name, created = store.named_now()
    control = targets.control() if signals.parse(signal).needs_control else None
    if control is not None:
        # Its own name keeps it apart from a point that runs the same release.
        apart = f"{control.name} (control)"
        control = msgspec.structs.replace(control, name=apart, python=points[0].target.python)
    return Question(
        name=name,
        created=created,
        command=tuple(command),
        package=package,
        points=points,
        fix=fix,
        widen=widen,
        signal=signal,
        load=load,
        control=control,
        confidence=limits.confidence,
        budget=limits.budget,
        most=limits.most,
        deadline=limits.deadline,
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
    if own.script is None and package in AXES and targets.axis_of(pinned) is None:
        # Any version will do to name the axis; each point brings its own.
        pins.append(f"{package}==0")
    elif own.script is None and targets.axis_of(pinned) is None:
        pins += targets.NAMED["document"]
    options = ScriptOptions(own.script, tuple(pins), own.server, own.url)
    return options.target(python)


def create(asked: Question, results: Path = RESULTS) -> Path:
    """Make a question's folder and write it there.

    Raises:
        MeasurementProblem: the folder cannot be written.
    """
    return store.create(asked, QUESTION, results)


def load_question(folder: Path) -> Question:
    """Read a question.

    Raises:
        UsageProblem: the folder holds none of this schema.
    """
    found = store.described(folder, QUESTION, Question, "bisection")
    if len(found.points) < 2:
        raise UsageProblem(f"{store.shown(folder)} asks about fewer than two points: start anew.")
    return found
