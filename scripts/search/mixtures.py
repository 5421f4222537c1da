"""Which mixtures of two environments can be had: asked once each, and kept beside the trials.

What was asked is kept so that the same trials give the same answer again, without a package index.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from scripts.domain import paths
from scripts.domain.files import replace
from scripts.domain.pins import pinned
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.domain.trial import Target
from scripts.environments.contents import Contents, Packages
from scripts.environments.uv import Unavailable, Unreachable
from scripts.search.contrast import PYTHON, Contrast
from scripts.search.separation import Changes
from scripts.trials import store

MIXTURES = "mixtures.json"
"""Of a contrast's folder: which mixtures can be had."""

Progress = Callable[[int], None]
"""Told after each that was asked how many there were."""


class Answered(msgspec.Struct, frozen=True):
    """What can be had where a set of changes is asked for.

    Attributes:
        asked: names of the changes.
        had: those that are made then; None where nothing can be had.
        packages: what it holds: name -> version.
    """

    asked: list[str]
    had: list[str] | None
    packages: Packages = {}


class Mixtures:
    """Says what can be had where a set of changes is asked for.

    Args:
        contrast: the two environments.
        folder: where the answers are kept.
        contents: where they are looked for; None takes what is not kept for not to be had.
        progress: told how it goes on.

    Raises:
        UsageProblem: the kept answers are damaged.
    """

    def __init__(
        self,
        contrast: Contrast,
        folder: Path,
        contents: Contents | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._contrast = contrast
        self._file = folder / MIXTURES
        self._contents = contents
        self._progress = progress
        self._answers = {frozenset(answer.asked): answer for answer in _read(self._file)}
        self._packages: dict[Changes, Packages] = {
            frozenset(answer.had): answer.packages
            for answer in self._answers.values()
            if answer.had is not None
        }

    def __call__(self, changes: Changes) -> Changes | None:
        """The set of changes that is made where one is asked for; None where none can be had.

        Raises:
            MeasurementProblem: the package index cannot be reached, or the answer not be kept.
        """
        if changes not in self._answers:
            if self._contents is None:
                return None
            self._keep(changes, self._asked(changes, self._contents))
            if self._progress is not None:
                self._progress(len(self._answers))
        had = self._answers[changes].had
        return None if had is None else frozenset(had)

    def target(self, changes: Changes) -> Target:
        """What runs with a set of changes made, one that can be had."""
        at_an_end = not changes or changes == self._contrast.changes.keys()
        return self._contrast.mixture(changes, {} if at_an_end else self._packages[changes])

    def _asked(self, changes: Changes, contents: Contents) -> Packages | None:
        """What an environment with these changes holds; None where there is none.

        A package that it is not to hold comes along where another one needs it, as the other
        environment has it.
        """
        contrast = self._contrast
        pins = pinned(contrast.good.pins)
        spares: Packages = {}
        for name, versions in contrast.changes.items():
            if name == PYTHON:
                continue
            own, other = versions if name not in changes else versions[::-1]
            pins.pop(name, None)
            if own is not None:
                pins[name] = own
            elif other is not None:
                spares[name] = other
        python = contrast.bad.python if PYTHON in changes else contrast.good.python
        try:
            packages = contents.with_spares(pins, spares, python)
        except Unreachable as error:
            raise MeasurementProblem(f"{error}: connect, and go on.") from error
        except Unavailable:
            return None
        return packages if packages.keys() <= {*pins, *spares} else None

    def _keep(self, changes: Changes, packages: Packages | None) -> None:
        """Note an answer, and write all of them down."""
        had: Changes | None = None
        if packages is not None:
            had = self._made(changes, packages)
            self._packages[had] = packages
        names = None if had is None else sorted(had)
        self._answers[changes] = Answered(sorted(changes), names, packages or {})
        try:
            replace(self._file, msgspec.json.encode(list(self._answers.values())) + b"\n")
        except OSError as error:
            raise MeasurementProblem(
                f"{paths.shown(self._file)} cannot be written: {error.strerror}."
            ) from error

    def _made(self, changes: Changes, packages: Packages) -> Changes:
        """Which changes an environment that was asked for has made."""
        return frozenset(
            name
            for name, versions in self._contrast.changes.items()
            if (name in changes if name == PYTHON else packages.get(name) == versions.bad)
        )


def _read(file: Path) -> list[Answered]:
    """The answers that are kept; none where there is no file yet.

    Raises:
        UsageProblem: they are damaged.
    """
    try:
        return store.decoded(file.read_bytes(), list[Answered])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageProblem(f"{paths.shown(file)} is damaged ({error}): delete it.") from error
