"""What trials ran with, and what of it differs unsaid between two rows that are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from scripts.domain import libraries
from scripts.domain.libraries import DOCUMENT, LAYER
from scripts.domain.pins import Moves, moves, project
from scripts.domain.trial import Environment, Load, Target, differences

Versions = Moves
"""Packages at two versions: name -> (there, here); None where there is none."""


class Companions(msgspec.Struct, frozen=True, kw_only=True):
    """What the trials of a row ran with. Where they differ, every version is named.

    Attributes:
        python: full version of the client's interpreter; empty where it was not noted.
        client, server: packages of either's environment: name -> version.
    """

    python: str = ""
    client: dict[str, str] = {}
    server: dict[str, str] = {}

    @property
    def layer(self) -> str:
        """Version of the layer that tables name; empty for a client that has it not."""
        return self.client.get(LAYER, "")


class Unsaid(msgspec.Struct, frozen=True, kw_only=True):
    """How a row differs from the one it is compared with, beyond what the two are called.

    Attributes:
        beside: name of the target it is compared with.
        python: full versions of the client's interpreter, (there, here); None for the same.
        client: packages of the client's environment: name -> (version there, version here), None
            for an environment that has it not. Of another library's client only those that both
            have.
        server: the same of the server's environment.
        numbers: of two loads of one name, those that differ: name -> (there, here), None for
            the script's own.
    """

    beside: str
    python: tuple[str, str] | None
    client: Versions
    server: Versions
    numbers: dict[str, tuple[float | None, float | None]]


class Measured(NamedTuple):
    """What was run, and what it ran with."""

    target: Target
    load: Load
    surroundings: Companions


class Installed(Protocol):
    """Client or server of a trial."""

    @property
    def environment(self) -> Environment | None:
        """What it ran with; None where that was not noted."""


class Surrounded(Protocol):
    """A trial, as far as it tells what it ran with."""

    @property
    def measured(self) -> bool:
        """Whether it says anything."""

    @property
    def target(self) -> Target:
        """What was judged."""

    @property
    def client(self) -> Installed:
        """Its client."""

    @property
    def server(self) -> Installed:
        """Its server."""


class Gathered:
    """What trials ran with, gathered trial by trial."""

    def __init__(self) -> None:
        # By identity: what many trials have in common need not be compared for each of them.
        self._clients: dict[int, Environment] = {}
        self._servers: dict[int, Environment] = {}

    def add(self, target: Target, client: Environment | None, server: Environment | None) -> None:
        """What a trial ran with that says anything."""
        if client is not None:
            self._clients[id(client)] = client
        if server is not None and target.served:
            self._servers[id(server)] = server

    def companions(self) -> Companions:
        """All of it."""
        pythons = {environment.python for environment in self._clients.values()}
        return Companions(
            python=" or ".join(sorted(pythons)),
            client=_packages(self._clients.values()),
            server=_packages(self._servers.values()),
        )


def surroundings(trials: Iterable[Surrounded]) -> Companions:
    """What trials ran with, of those that say anything."""
    gathered = Gathered()
    for trial in trials:
        if trial.measured:
            gathered.add(trial.target, trial.client.environment, trial.server.environment)
    return gathered.companions()


def _packages(environments: Iterable[Environment]) -> dict[str, str]:
    """What environments hold: name -> version, or versions where they differ."""
    versions: dict[str, set[str]] = {}
    for environment in environments:
        for name, version in environment.packages.items():
            versions.setdefault(name, set()).add(version)
    return {name: " or ".join(sorted(had)) for name, had in sorted(versions.items())}


def compared(rows: Sequence[Measured]) -> list[Unsaid | None]:
    """How each row of a matrix differs unsaid from the one it is compared with.

    That is the document's row of its library, under the same load and on the same Python; where
    there is none, the library's first. These in turn are compared with the document's own.

    Args:
        rows: in the order of the table.

    Returns:
        A row's in its place; None where nothing differs, or where there is nothing to compare with.
    """
    references = (_reference(row, rows) for row in rows)
    return [
        None if reference is None else unsaid(reference, row)
        for row, reference in zip(rows, references, strict=True)
    ]


def _reference(row: Measured, rows: Sequence[Measured]) -> Measured | None:
    """The row that one is compared with; None for none."""
    level = [
        other
        for other in rows
        if other.load.name == row.load.name and other.target.python == row.target.python
    ]
    own = [other for other in level if other.target.axis == row.target.axis]
    first = next(filter(_as_documented, own), own[0])
    if first is not row:
        return first
    documents = (other for other in level if other.target.axis == DOCUMENT)
    reference = next(filter(_as_documented, documents), None)
    return None if reference is row else reference


def _as_documented(row: Measured) -> bool:
    """Whether a row is what the document ran of its library."""
    axis = libraries.axes().get(row.target.axis)
    return axis is not None and row.target.pins == axis.document


def unsaid(reference: Measured, row: Measured) -> Unsaid | None:
    """How a row differs from the one it is compared with, beyond what the two are called; None
    where it does not, or where what either ran with was not noted.
    """
    there, here = reference.surroundings, row.surroundings
    if not there.client or not here.client:
        return None
    pins = _named(reference.target.pins) & _named(row.target.pins)
    served = _named(reference.target.server_pins) & _named(row.target.server_pins)
    same = reference.target.axis == row.target.axis
    difference = Unsaid(
        beside=reference.target.name,
        python=(there.python, here.python) if there.python != here.python else None,
        client=versions(there.client, here.client, pins | {row.target.axis}, one_sided=same),
        server=versions(there.server, here.server, served),
        numbers=_numbers(reference.load, row.load),
    )
    differs = difference.python or difference.client or difference.server or difference.numbers
    return difference if differs else None


def _named(pins: Iterable[str]) -> set[str]:
    return {project(pin) for pin in pins}


def versions(
    there: Mapping[str, str], here: Mapping[str, str], said: Iterable[str], one_sided: bool = True
) -> Versions:
    """The packages that two environments hold at different versions.

    Args:
        there, here: name -> version.
        said: packages that count not.
        one_sided: whether those count that only one of the two has.
    """
    left_out = {*said}
    return {
        name: pair
        for name, pair in moves(there, here).items()
        if name not in left_out and (one_sided or None not in pair)
    }


def _numbers(there: Load, here: Load) -> dict[str, tuple[float | None, float | None]]:
    """The numbers that two loads of one name set otherwise; of other loads the names tell."""
    if there.name != here.name:
        return {}
    return {
        name: (getattr(there, name), number) for name, number in differences(here, there).items()
    }
