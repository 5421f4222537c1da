"""Targets: from the table of axes, or as written on a command line."""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from scripts.domain import libraries
from scripts.domain.libraries import CONTROL, DOCUMENT, Axis
from scripts.domain.pins import SERVER_PREFIX, Moves, moves, pin, pinned, project
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import DOCUMENT_DATE, Target

MOST_PINS = 6
"""Pins that the name of a target tells; of more the last, which is the one that was added."""


def named() -> dict[str, tuple[str, ...]]:
    """The targets that have a name of their own, with their pins."""
    axes = libraries.axes()
    return {"document": axes[DOCUMENT].document, "control": axes[CONTROL].document}


def parse(text: str) -> Target:
    """A target as written on the command line.

    Args:
        text: pins joined by commas, such as 'httpx==0.27.2,httpcore==1.0.6', or a named target;
            'server:uvicorn==0.30.6' pins a package of the server's environment; '@2026-01-31' at
            the end holds the other packages at that day instead of the document's.

    Raises:
        UsageProblem: it cannot be read, or pins no client library of the matrix.
    """
    body, at, held = text.partition("@") if "://" not in text else (text, "", "")
    if at and not is_day(held):
        raise UsageProblem(f"{held!r} is not a day; write it like 'httpx==0.27.2@2026-01-31'.")
    written = [part.strip() for part in body.split(",") if part.strip()]
    names = named()
    parts = [pin_text for part in written for pin_text in names.get(part, (part,))]
    if parts and all("=" not in part and part not in libraries.axes() for part in parts):
        raise UsageProblem(
            f"there is no target {body!r}: name one of {', '.join(names)}, or write pins like "
            "'httpx==0.27.2,httpcore==1.0.6'."
        )
    client, server = split(parts)
    axis = axis_of(client)
    if axis is None:
        packages = ", ".join(axis.package for axis in libraries.preferred())
        raise UsageProblem(f"{text!r} must pin one of {packages}.")
    return target(axis, client, server, held or DOCUMENT_DATE)


def check(stored: Target) -> None:
    """Make sure that a target can be one: a file may say anything.

    Raises:
        UsageProblem: it cannot.
    """
    for requirement in (*stored.pins, *stored.server_pins, *stored.equalised):
        pin(requirement)
    if not is_day(stored.held):
        raise UsageProblem(f"{stored.held!r} is not a day")
    check_variables(stored.env)
    check_variables(stored.server_env)


def check_variables(written: Iterable[str]) -> None:
    """Make sure that environment variables are written as they are.

    Raises:
        UsageProblem: one is not.
    """
    for variable in written:
        if variable.find("=") < 1:
            raise UsageProblem(f"{variable!r} is no variable; write it like --env NAME=VALUE.")


def split(parts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Pins of the client's environment and of the server's, each checked."""
    client: list[str] = []
    server: list[str] = []
    for part in parts:
        chosen = server if part.startswith(SERVER_PREFIX) else client
        chosen.append(str(pin(part.removeprefix(SERVER_PREFIX))))
    return tuple(client), tuple(server)


def axis_of(pins: Iterable[str]) -> Axis | None:
    """The axis that pins belong to."""
    names = {project(requirement) for requirement in pins}
    return next((axis for axis in libraries.preferred() if axis.package in names), None)


def target(
    axis: Axis, pins: Sequence[str], server: Sequence[str] = (), held: str = DOCUMENT_DATE
) -> Target:
    """A target of an axis, named after its pins."""
    return Target(
        title((), pins, server, held),
        axis.script,
        tuple(pins),
        server_pins=tuple(server),
        axis=axis.package,
        held=held,
    )


def repinned(base: Target, packages: Mapping[str, str]) -> Target:
    """A target with other versions pinned.

    Args:
        base: the target.
        packages: name -> version; "server:uvicorn" is one of the server's environment; the
            version "none" pins nothing.
    """
    pins = {
        side: [
            str(pin(f"{name.removeprefix(SERVER_PREFIX)}=={version}"))
            for name, version in packages.items()
            if version != "none" and name.startswith(SERVER_PREFIX) == side
        ]
        for side in (False, True)
    }

    def joined(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
        names = {project(requirement) for requirement in new}
        kept = [requirement for requirement in old if project(requirement) not in names]
        return (*kept, *new)

    client, server = joined(base.pins, pins[False]), joined(base.server_pins, pins[True])
    name = title(own_words(base), client, server, base.held)
    return msgspec.structs.replace(base, name=name, pins=client, server_pins=server)


def filled(base: Target, packages: Mapping[str, str], name: str) -> Target:
    """A target whose client's environment holds just these packages.

    Args:
        base: the target, of whose pins those are kept that say the same, with their extras.
        packages: name -> version.
        name: what tables call it.
    """
    own = {project(requirement): requirement for requirement in base.pins}
    pins = [
        own[package]
        if own.get(package, "").partition("==")[2] == version
        else f"{package}=={version}"
        for package, version in packages.items()
    ]
    return msgspec.structs.replace(base, name=name, pins=tuple(pins))


def repins(older: Target, newer: Target) -> Moves:
    """What two targets pin otherwise in their clients."""
    return moves(pinned(older.pins), pinned(newer.pins))


def at_commit(base: Target, package: str, sha: str) -> Target:
    """A target that runs a package from a commit instead of a release."""
    pins = tuple(requirement for requirement in base.pins if project(requirement) != package)
    own = [*own_words(base), f"{package} at {sha[:10]}"]
    name = title(own, pins, base.server_pins, base.held)
    return msgspec.structs.replace(base, name=name, pins=pins, source=f"{package}@{sha}")


def on_python(base: Target, version: str) -> Target:
    """A target on a Python of its own, which its name says."""
    return msgspec.structs.replace(base, name=f"{base.name}, Python {version}", python=version)


def runs_axis_script(base: Target) -> bool:
    """Whether a target's client is the one of its axis, which its pins tell."""
    axis = libraries.axes().get(base.axis)
    return axis is not None and base.script == axis.script


def own_words(base: Target) -> list[str]:
    """What the name of a target tells of its client and server, where they are not an axis' own."""
    script = ("-m", base.module) if base.module else (Path(base.script).name,)
    call = shlex.join([*(() if runs_axis_script(base) else script), *base.arguments])
    words = [call] if call else []
    words += base.env
    words += [f"in {Path(base.cwd).name or base.cwd}"] if base.cwd and not base.module else []
    words += [f"reading {Path(base.stdin).name}"] if base.stdin else []
    words += [f"served by {base.server_command}"] if base.server_command else []
    return words + [f"server's {variable}" for variable in base.server_env]


def title(own: Sequence[str], pins: Sequence[str], server: Sequence[str], held: str) -> str:
    """What tables call a target: what is its own, its pins, and where it is held."""
    told = list(pins)
    if len(pins) > MOST_PINS:
        told = [*pins[-1:], f"{len(pins) - 1} others pinned"]
    words = [*own, *(requirement.replace("==", " ") for requirement in told)]
    words += [f"server's {requirement.replace('==', ' ')}" for requirement in server]
    words += [f"others as of {held}"] if held != DOCUMENT_DATE else []
    return ", ".join(words)


def distinct(chosen: Sequence[Target]) -> list[Target]:
    """Targets with a name each: those of more pins than a name tells are told by the pins that not
    all of one name have.
    """
    named_alike: dict[str, list[Target]] = {}
    for one in dict.fromkeys(chosen):
        named_alike.setdefault(one.name, []).append(one)
    return [
        one if len(alike) == 1 else _told_beside(one, alike)
        for one in chosen
        for alike in [named_alike[one.name]]
    ]


def _told_beside(one: Target, others: Sequence[Target]) -> Target:
    """A target whose name tells the pins that not all of some others have."""
    shared = set[str].intersection(*(set(other.pins) for other in others))
    own = [requirement.replace("==", " ") for requirement in one.pins if requirement not in shared]
    return msgspec.structs.replace(one, name=f"{one.name}: {', '.join(own) or 'no more'}")


def telling(axis: Axis, newest: Callable[[str], str], with_skipped: bool) -> list[Target]:
    """The releases of an axis that tell most: old, the document's, newest.

    Args:
        axis: the axis.
        newest: finds the newest release of a package.
        with_skipped: whether those that another axis covers are included.
    """
    chosen = [axis.old, axis.document, *(one.pins for one in latest(axis, newest))]
    unique = dict.fromkeys(pins for pins in chosen if pins)
    return [target(axis, pins) for pins in unique if with_skipped or pins not in axis.skipped]


def latest(axis: Axis, newest: Callable[[str], str]) -> list[Target]:
    """The newest releases of an axis, first those that differ least from the document's.

    Args:
        axis: the axis.
        newest: finds the newest release of a package.
    """
    sets = axis.latest or ((axis.package,),)
    return [target(axis, [f"{name}=={newest(name)}" for name in packages]) for packages in sets]


def control() -> Target:
    """The target every other is measured beside: the document's release of the control."""
    axis = libraries.axes()[CONTROL]
    return target(axis, axis.document)


def document() -> Target:
    """What the document ran."""
    axis = libraries.axes()[DOCUMENT]
    return target(axis, axis.document)


def is_control(candidate: Target) -> bool:
    """Whether a target is the control, on whichever Python."""
    reference = control()
    return (candidate.axis, candidate.pins, candidate.held, candidate.server_pins) == (
        reference.axis,
        reference.pins,
        reference.held,
        reference.server_pins,
    )


FIRST_DAY, LAST_DAY = datetime.date(2003, 1, 1), datetime.date(2999, 12, 31)
"""Between these days packages can be of a day: before, there was no index."""


def is_day(text: str) -> bool:
    """Whether a text is a day written YYYY-MM-DD, on which there could be packages."""
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return day.isoformat() == text and FIRST_DAY <= day <= LAST_DAY
