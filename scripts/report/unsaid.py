"""What else differs between two rows that are compared, in words; and the notes under a table."""

from __future__ import annotations

from collections.abc import Iterable

from scripts.analysis.surroundings import Unsaid, Versions
from scripts.domain.libraries import LIBRARIES
from scripts.domain.words import listed

ABSENT = "absent"
"""What stands for the version of a package that is not there."""


class Footnotes:
    """The notes under a table, which say of its rows what else differs.

    Args:
        unsaid: of the rows, in order; None for one of which nothing is to be said.
        beside: what all are compared with, in words; empty for the name of each one's target.
    """

    def __init__(self, unsaid: Iterable[Unsaid | None], beside: str = "") -> None:
        self._beside = beside
        notes = (self._note(one) for one in unsaid if one is not None)
        self._numbers = {note: number for number, note in enumerate(dict.fromkeys(notes), 1)}

    @property
    def lines(self) -> list[str]:
        """The notes, line by line."""
        return [f"[{number}] {note}" for note, number in self._numbers.items()]

    def marked(self, name: str, unsaid: Unsaid | None) -> str:
        """What a row is called, with the number of its note."""
        return name if unsaid is None else f"{name} [{self._numbers[self._note(unsaid)]}]"

    def _note(self, unsaid: Unsaid) -> str:
        beside = self._beside or unsaid.beside
        return f"Beside {beside} these differ too: {differing_words(unsaid)}."


def differing_words(unsaid: Unsaid) -> str:
    """What differs of two rows: "anyio (4.6.2 to 4.16.0), certifi and idna"."""
    words = [] if unsaid.python is None else [f"Python {_versions_words(unsaid.python)}"]
    words += [
        f"{name} ({'as written' if there is None else f'{there:g}'} to "
        f"{'as written' if here is None else f'{here:g}'})"
        for name, (there, here) in unsaid.numbers.items()
    ]
    return listed(
        [*words, *_telling(unsaid.client), *_telling(unsaid.server, "the server's "),
         *_bearing_little(unsaid.client), *_bearing_little(unsaid.server, "the server's ")]
    )  # fmt: skip


def packages_words(packages: Versions) -> str:
    """Packages at two versions: "anyio (4.6.2 to 4.16.0) and idna (3.10 to 3.20)"."""
    return listed(f"{name} {_versions_words(pair)}" for name, pair in packages.items())


def along_words(packages: Versions) -> str:
    """What a version is had with that another was not, among other words: "with anyio 4.16.0
    instead of 4.6.2, and idna changed"; empty for nothing.
    """
    telling = [
        _instead(name, there, here) for name, (there, here) in packages.items() if name in LIBRARIES
    ]
    others = _bearing_little(packages)
    parts = [listed(telling)] if telling else []
    parts += [f"{listed(others)} changed"] if others else []
    return f"with {', and '.join(parts)}" if parts else ""


def _instead(name: str, there: str | None, here: str | None) -> str:
    if there is None or here is None:
        return f"{name} {here} added" if here else f"{name} removed"
    return f"{name} {here} instead of {there}"


def _telling(packages: Versions, side: str = "") -> list[str]:
    """The packages that requests pass through, with their versions."""
    return [
        f"{side}{name} {_versions_words(pair)}"
        for name, pair in packages.items()
        if name in LIBRARIES
    ]


def _bearing_little(packages: Versions, side: str = "") -> list[str]:
    """The names of all others."""
    return [f"{side}{name}" for name in packages if name not in LIBRARIES]


def _versions_words(pair: tuple[str | None, str | None]) -> str:
    there, here = pair
    return f"({there or ABSENT} to {here or ABSENT})"
