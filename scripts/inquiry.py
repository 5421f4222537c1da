"""From the words of a call to a question: which points, in which order, with which ends."""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from scripts import releases, signals, targets
from scripts.axes import AXES
from scripts.commits import Clone
from scripts.environments import Environments
from scripts.files import replace
from scripts.model import SCHEMA, Load, Target
from scripts.options import ScriptOptions, python_version
from scripts.pins import SERVER_PREFIX
from scripts.problems import MeasurementProblem, UsageProblem
from scripts.questions import Point, Question
from scripts.releases import Release
from scripts.store import RESULTS, shown
from scripts.uvtool import Unavailable

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
    chosen, fix, widen = span(name, found, good, bad, bottom)
    if widen and meant.needs_control and meant.threshold is None:
        raise UsageProblem(
            f"{signal!r} needs both ends, which tell what slow is, or a ratio: '{signal}>4'."
        )
    points = held(released(chosen, package, base[0]), package, environments)
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
    first = found[_index(name, found, since)].version if since else Version(bottom or "0")
    last = found[_index(name, found, until)].version if until else found[-1].version
    chosen = [each for each in found if first <= each.version <= last]
    if len(chosen) < 2:
        raise UsageProblem(f"there are not two releases of {name} from {first} to {last}.")
    points = held(released(chosen, package, base[0]), package, environments)
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
    there = clone.package(found[-1].sha)
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


def held(points: Sequence[Point], package: str, environments: Environments) -> list[Point]:
    """The points, with every other package held at one version across them where pins allow.

    What differs between the two ends is pinned at the version of the one or the other end, all
    together or else one by one, where both ends can be had that way.

    Args:
        points: in order; the two ends are the first and the last.
        package: whose points they are, which is left alone.
        environments: where it is tried out.
    """
    ends = (points[0].target, points[-1].target)
    serving = package.startswith(SERVER_PREFIX)
    prefix = SERVER_PREFIX if serving else ""
    build = environments.server if serving else environments.client

    def packages(target: Target) -> dict[str, str] | None:
        try:
            return build(target).description.packages
        except Unavailable:
            return None

    old, new = (packages(each) for each in ends)
    if old is None or new is None:
        return list(points)
    differing = [
        name
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name) and prefix + name != package
    ]
    pins: dict[str, str] = {}

    def fits(more: dict[str, str]) -> bool:
        return all(packages(targets.repinned(each, pins | more)) is not None for each in ends)

    for names in ([differing], [[each] for each in differing]):
        for group in names:
            for side in (new, old):
                more = {prefix + name: side[name] for name in group if name in side}
                if more and not more.keys() <= pins.keys() and fits(more):
                    pins |= more
                    break
        if pins:
            break
    if not pins:
        return list(points)

    def pinned(target: Target) -> Target:
        name = f"{target.name} (others held equal)"
        return msgspec.structs.replace(targets.repinned(target, pins), name=name)

    return [msgspec.structs.replace(each, target=pinned(each.target)) for each in points]


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
    now = datetime.datetime.now(datetime.UTC)
    control = targets.control() if signals.parse(signal).needs_control else None
    if control is not None:
        control = msgspec.structs.replace(control, python=points[0].target.python)
    return Question(
        name=f"{now:%Y%m%d-%H%M%S}-{os.getpid()}",
        created=now.isoformat(timespec="seconds"),
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


def span(
    name: str, found: Sequence[Release], good: str, bad: str, bottom: Version | None
) -> tuple[list[Release], bool, Literal["good", "bad", ""]]:
    """The releases to search, good end first.

    Args:
        name: of the package.
        found: its releases, oldest first.
        good, bad: the two ends; an empty one is to be found.
        bottom: the oldest release worth looking at for an end that was left out.

    Returns:
        The releases; whether good is the newer end; the end that is to be found.

    Raises:
        UsageProblem: an end is no release, both are one, or an end has none beyond it.
    """
    if good and bad and _version(good) == _version(bad):
        raise UsageProblem(f"good and bad are both {good}: name two releases.")
    first = _index(name, found, good) if good else None
    last = _index(name, found, bad) if bad else None
    if first is not None and last is not None:
        if first < last:
            return list(found[first : last + 1]), False, ""
        return list(found[last : first + 1])[::-1], True, ""
    within = [each for each in found if bottom is None or each.version >= bottom]
    if first is not None:
        chosen = [each for each in within if each.version >= found[first].version]
        if len(chosen) < 2:
            raise UsageProblem(f"there is no release of {name} after {good} to be bad.")
        return chosen, False, "bad"
    newest = found[last].version if last is not None else found[-1].version
    chosen = [each for each in within if each.version <= newest]
    if len(chosen) < 2:
        raise UsageProblem(f"there is no release of {name} before {newest} to be good.")
    return chosen, False, "good"


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion as error:
        raise UsageProblem(f"{text!r} is no version.") from error


def _index(name: str, found: Sequence[Release], text: str) -> int:
    wanted = _version(text)
    for index, each in enumerate(found):
        if each.version == wanted:
            return index
    if not found:
        raise UsageProblem(f"no release of {name} runs on this Python.")
    raise UsageProblem(
        f"there is no release {text} of {name} that this Python can run and that was neither "
        f"yanked nor a pre-release; there are {found[0].version} to {found[-1].version}."
    )


def base(own: ScriptOptions, package: str, python: str) -> tuple[Target, Load]:
    """The target whose package varies, and its load by default.

    The client is the user's own, else the one of the axis that the package or the other pins
    belong to, else the document's.

    Raises:
        UsageProblem: a pin or a path is wrong, or the package is pinned as well.
    """
    pinned, server = targets.split(own.with_)
    held: set[str] = {canonicalize_name(each.split("==")[0].split("[")[0]) for each in pinned}
    held |= {SERVER_PREFIX + canonicalize_name(each.split("==")[0]) for each in server}
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
    folder = results / asked.name
    try:
        folder.mkdir(parents=True)
        replace(folder / QUESTION, msgspec.json.format(msgspec.json.encode(asked)) + b"\n")
    except OSError as error:
        raise MeasurementProblem(f"{shown(folder)} cannot be written: {error.strerror}.") from error
    return folder


def load_question(folder: Path) -> Question:
    """Read a question.

    Raises:
        UsageProblem: the folder holds none of this schema.
    """
    try:
        found = msgspec.json.decode((folder / QUESTION).read_bytes(), type=Question)
    except OSError as error:
        raise UsageProblem(f"{shown(folder)} holds no bisection (no {QUESTION}).") from error
    except msgspec.MsgspecError as error:
        raise UsageProblem(f"{shown(folder / QUESTION)} is damaged ({error}).") from error
    if found.schema != SCHEMA or len(found.points) < 2:
        raise UsageProblem(f"{shown(folder)} cannot be read by this version: start anew.")
    return found
