"""What environments would hold: resolved, never built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scripts.domain.trial import Target
from scripts.environments.build import Environments
from scripts.environments.lock import versions
from scripts.environments.recipe import Recipe
from scripts.environments.requirements import client_requirements
from scripts.environments.resolution import resolve_on_day, resolve_with_spares

Packages = dict[str, str]
"""What an environment holds: name -> version."""


class Contents:
    """Says what clients' environments would hold; safe to use from several threads.

    Args:
        environments: whose interpreters they are for, and whose day is the last.

    Attributes:
        environments: those.
    """

    def __init__(self, environments: Environments) -> None:
        self.environments = environments

    @property
    def today(self) -> str:
        """The day (YYYY-MM-DD) after which nothing is taken from the index."""
        return self.environments.today

    def python(self, asked: str) -> str:
        """Full version of the interpreter that is asked for.

        Raises:
            Unavailable: there is no such Python here.
        """
        return self.environments.interpreter(asked).version

    def on_day(self, target: Target, day: str) -> Packages:
        """What a target's client would have been installed with on a day, but for its pins.

        Args:
            target: one of releases, not of a commit.
            day: YYYY-MM-DD; that day's releases count.

        Raises:
            Unavailable: it could not be had on that day; Unreachable where the index is silent.
        """
        return self.held(client_requirements(target), target.python, day)

    def held(self, requirements: Sequence[str], python: str, day: str) -> Packages:
        """What these requirements would have been installed as on a day.

        Args:
            requirements: as pip writes them; the pinned ones are free of the day.
            python: version or path of the interpreter; empty for one of the document's.
            day: YYYY-MM-DD.

        Raises:
            Unavailable: as for `on_day`.
        """
        recipe = Recipe(tuple(requirements), self.environments.interpreter(python).path, day)
        return versions(resolve_on_day(recipe, self.today).recorded)

    def with_spares(
        self, pins: Mapping[str, str], spares: Mapping[str, str], python: str
    ) -> Packages:
        """What an environment of some packages would hold, with others where they are needed.

        Args:
            pins: name -> version, all of which it holds.
            spares: likewise, each of which it holds only where another package needs it.
            python: version or path of the interpreter; empty for one of the document's.

        Raises:
            Unavailable: these versions do not go together; Unreachable where the index is silent.
        """
        interpreter = self.environments.interpreter(python).path
        return versions(resolve_with_spares(pins, spares, interpreter, self.today).recorded)
