"""What is asked of two environments, as written to its folder: which of their differences do it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from scripts.domain import libraries, targets
from scripts.domain.pins import moves, pinned
from scripts.domain.trial import Load, Target
from scripts.search.question import Point
from scripts.search.separation import Changes
from scripts.trials import store

CONTRAST = "contrast.json"
"""Of a folder: the contrast that it is."""

CONTRAST_SCHEMA = 1
"""Version of the layout of a contrast's file."""

PYTHON = "python"
"""The change that is one of the interpreter, not of a package."""


class Versions(NamedTuple):
    """A package on both sides of a contrast; None where it is not installed."""

    good: str | None
    bad: str | None


class Contrast(msgspec.Struct, frozen=True, kw_only=True):
    """Two environments, as stored in a folder.

    Attributes:
        name: of the folder.
        created: UTC, ISO 8601.
        command: the arguments that asked it.
        good, bad: what runs in either environment, all of whose packages are pinned.
        titles: what people call the good environment, and the bad one.
        changes: what differs, by name, those first that are likeliest to matter; "python" is the
            interpreter.
        left_out: what their files name that comes from no release: an environment has it only as a
            release, where it is among its packages.
        signal: what bad means, as the user wrote it.
        load: under which load.
        control: what each trial is judged beside; None where the signal needs none.
        confidence: at which the search stops.
        budget: seconds; None for no limit.
        most: trials at most, controls not counted.
        deadline: seconds each client may take; None for the load's own.
    """

    schema: int = CONTRAST_SCHEMA
    name: str
    created: str
    command: tuple[str, ...]
    good: Target
    bad: Target
    titles: tuple[str, str]
    changes: dict[str, Versions]
    left_out: list[str] = []
    signal: str
    load: Load
    control: Target | None
    confidence: float
    budget: float | None
    most: int
    deadline: float | None = None

    @property
    def points(self) -> list[Point]:
        """The two ends: the good one, the bad one."""
        return [
            Point(title, target)
            for title, target in zip(self.titles, (self.good, self.bad), strict=True)
        ]

    @property
    def clone(self) -> str:
        """Folder of a repository whose commits are tried: none."""
        return ""

    def changes_of(self, target: Target) -> Changes:
        """Which changes a mixture of the two environments has made."""
        pins = pinned(target.pins)
        return frozenset(
            name
            for name, versions in self.changes.items()
            if (
                target.python == self.bad.python
                if name == PYTHON
                else pins.get(name) == versions.bad
            )
        )

    def mixture(self, changes: Changes, packages: dict[str, str]) -> Target:
        """The good environment with some changes made.

        Args:
            changes: their names; neither none nor all of them.
            packages: what it holds: name -> version.
        """
        if not changes:
            return self.good
        if changes == self.changes.keys():
            return self.bad
        python = self.bad.python if PYTHON in changes else self.good.python
        count = f"{len(changes)} of {len(self.changes)} changes"
        # No extras: one would install what this mixture is to do without.
        bare = msgspec.structs.replace(self.good, pins=(), python=python)
        return targets.filled(bare, packages, f"{count}: {self.named(changes)}")

    def named(self, changes: Changes) -> str:
        """Changes with their version in the bad environment, of many the first ones."""
        names = [name for name in self.changes if name in changes]
        words = [f"{name} {self.changes[name].bad or 'absent'}" for name in names[:NAMED]]
        more = len(names) - len(words)
        return ", ".join(words) + (f" and {more} more" if more else "")


NAMED = 3
"""Changes that the name of a mixture tells."""


def differing(good: dict[str, str], bad: dict[str, str]) -> dict[str, Versions]:
    """The packages that two environments do not hold alike, those that are known first.

    Args:
        good, bad: name -> version.
    """
    moved = moves(good, bad)
    names = sorted(moved, key=lambda name: (name not in libraries.LIBRARIES, name))
    return {name: Versions(*moved[name]) for name in names}


def create(
    contrast: Contrast, place: Path | None = None, beside: Mapping[str, store.Purpose] = {}
) -> Path:
    """Make a contrast's folder and write it there.

    Args:
        contrast: it.
        place, beside: as `store.create_folder` has them.

    Raises:
        MeasurementProblem: the folder cannot be written.
    """
    return store.create_folder(contrast, CONTRAST, place, beside)


def load_contrast(folder: Path) -> Contrast:
    """Read a contrast.

    Raises:
        UsageProblem: the folder holds none of this schema.
    """
    return store.read_purpose(folder, CONTRAST, Contrast, "difference", CONTRAST_SCHEMA)
