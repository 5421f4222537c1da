"""Two environments as a command line names them: files, days, or pins; resolved, not built."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from scripts.commands.options import ScriptOptions, remark
from scripts.commands.search_options import TrialOptions, unpinned
from scripts.domain import targets
from scripts.domain.pins import project
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.trial import DOCUMENT_DATE, Load, Target
from scripts.domain.words import listed
from scripts.environments import listing
from scripts.environments.contents import Contents, Packages
from scripts.environments.requirements import client_requirements
from scripts.environments.uv import Unavailable
from scripts.search.day_points import TODAY


@dataclass(frozen=True)
class NamedEnvironment:
    """One environment.

    Attributes:
        title: what people call it.
        packages: what it holds: name -> version.
        python: full version of its interpreter.
        target: what runs in it.
        load: the load that it has by default.
        left_out: what its file names that comes from no release.
    """

    title: str
    packages: Packages
    python: str
    target: Target
    load: Load
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _Named:
    """One environment as it was named.

    Attributes:
        title: what people call it.
        pins: requirements that it is to meet.
        day: of which all else is; None for as the rest of this project holds it.
        left_out, ignored: as `listing.Listing` has them.
    """

    title: str
    pins: tuple[str, ...] = ()
    day: str | None = None
    left_out: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def both(
    good: str, bad: str, asked: tuple[str, str], runs: TrialOptions, contents: Contents
) -> tuple[NamedEnvironment, NamedEnvironment]:
    """The good environment and the bad one.

    Args:
        good, bad: as the command line names them.
        asked: their Pythons, as the command line has them; empty for one of the document's.
        runs: what runs in them.
        contents: where they are resolved.

    Raises:
        UsageProblem: one cannot be read, or what is to run in it is not named.
        MeasurementProblem: one cannot be had.
    """
    try:
        versions = [contents.python(python) for python in asked]
    except Unavailable as error:
        # One that was named is never replaced: the answer would be about another.
        raise MeasurementProblem(f"{error}.") from error
    named = [
        _named(text, version, contents.today)
        for text, version in zip((good, bad), versions, strict=True)
    ]
    if named[0].title == named[1].title:  # two files of one name, or one on two Pythons
        named = [
            replace(side, title=f"{side.title} ({word})")
            for side, word in zip(named, ("good", "bad"), strict=True)
        ]
    for side in named:
        _say_left_out(side)
    names = [project(pin) for side in named for pin in side.pins]
    base, load = unpinned(runs.own or ScriptOptions(), "", names)
    first, second = (
        _resolved(side, base, load, python, version, contents)
        for side, python, version in zip(named, asked, versions, strict=True)
    )
    return first, second


def _named(text: str, python: str, today: str) -> _Named:
    """An environment as the command line names it.

    Raises:
        UsageProblem: it is none, or its file cannot be read.
    """
    if targets.is_day(text) or text == TODAY:
        day = _past(today if text == TODAY else text, today)
        return _Named(day, day=day)
    path = _file(text)
    if path is not None:
        listed_there = listing.read(path, python)
        return _Named(
            path.name, listed_there.requirements, today, listed_there.left_out, listed_there.ignored
        )
    if "=" not in text:
        raise UsageProblem(
            f"{text!r} is no environment: name a file, a day such as {DOCUMENT_DATE}, or pins such "
            "as 'httpx==0.27.2,anyio==4.6.2'."
        )
    body, _, day = text.partition("@")
    client, server = targets.split(part.strip() for part in body.split(",") if part.strip())
    if server:
        raise UsageProblem(f"{text!r} pins the server: --with does that, for both environments.")
    if day and not targets.is_day(day):
        raise UsageProblem(f"{day!r} is not a day; write it like '{body}@2026-01-31'.")
    return _Named(text, client, _past(day, today) if day else None)


def _file(text: str) -> Path | None:
    """What lies at a path; None for nothing, and for a text that can be no path: pins of a whole
    environment are longer than any name.
    """
    try:
        path = Path(text).expanduser()
        return path if path.exists() else None
    except (OSError, RuntimeError):
        return None


def _past(day: str, today: str) -> str:
    """A day that is not in the future.

    Raises:
        UsageProblem: it is.
    """
    if day > today:
        raise UsageProblem(f"{day} is in the future: the last day there is, is {today}.")
    return day


def _say_left_out(side: _Named) -> None:
    """Say what of a file is not followed."""
    if side.left_out:
        remark(f"{side.title}: left out, from no release: {listed(side.left_out)}.")
    if side.ignored:
        remark(f"{side.title}: not followed: {listed(side.ignored)}.")


def _resolved(
    side: _Named, base: Target, load: Load, python: str, version: str, contents: Contents
) -> NamedEnvironment:
    """An environment with all that it holds.

    Args:
        side: as it was named.
        base: what runs in it.
        load: the load of that.
        python: as a target has it; version: in full.
        contents: where it is resolved.

    Raises:
        MeasurementProblem: it cannot be had.
    """
    own = {project(pin): pin for pin in base.pins}
    pins = (*base.pins, *(pin for pin in side.pins if project(pin) not in own))
    remark(
        *(
            f"{side.title}: --with {own[project(pin)]} takes the place of its {pin}."
            for pin in side.pins
            if own.get(project(pin), pin) != pin
        )
    )
    target = msgspec.structs.replace(base, pins=pins, python=python)
    try:
        if side.day is None:
            packages = contents.environments.client_packages(target)
        else:
            packages = contents.held(client_requirements(target), python, side.day)
    except Unavailable as error:
        why = str(error).rstrip(".")
        raise MeasurementProblem(f"{side.title} cannot be installed: {why}.") from error
    filled = targets.filled(target, packages, side.title)
    return NamedEnvironment(side.title, packages, version, filled, load, side.left_out)
