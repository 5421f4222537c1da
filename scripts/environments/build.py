"""Isolated environments, one per set of pins, built by uv and reused by content.

Resolving and building are apart: a lock (every package with its version) names the
environment, so two targets that resolve alike share one, and a package index that changes
between two runs can never change what an existing environment holds.
"""

from __future__ import annotations

import contextlib
import datetime
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.domain.trial import DOCUMENT_DATE, ChangeFile, Target
from scripts.environments import cache, pythons
from scripts.environments.clone import Clone
from scripts.environments.installation import Built, install, opened
from scripts.environments.lock import versions
from scripts.environments.pythons import Interpreter, Interpreters
from scripts.environments.recipe import Recipe
from scripts.environments.requirements import client_requirements, server_requirements
from scripts.environments.resolution import resolve
from scripts.environments.uv import Unavailable, Unreachable
from scripts.environments.wheels import commit_wheels
from scripts.environments.workspace import ENVIRONMENTS, workspace


class Environments:
    """Builds environments and remembers them; safe to use from several threads.

    Args:
        folder: where they are kept.
        today: the day after which nothing is taken from the index, for pins that cannot be
            had with everything else at its held day.
        clone: where the commits of targets are that name one.

    Attributes:
        building: how many are being built now.
    """

    def __init__(
        self,
        folder: Path = ENVIRONMENTS,
        today: datetime.date | None = None,
        clone: Clone | None = None,
    ) -> None:
        self.folder = folder
        self.clone = clone
        self.today = (today or datetime.datetime.now(datetime.UTC).date()).isoformat()
        self.building = 0
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()
        self._interpreters = Interpreters()
        self._resolved: dict[str, dict[str, str] | Unavailable] = {}

    def client(self, target: Target) -> Built:
        """The environment that a target's client runs in.

        Raises:
            Unavailable: it cannot be resolved or built here.
        """
        required = client_requirements(target)
        return self.get(required, target.python, target.held, target.source, target.patch)

    def server(self, target: Target) -> Built:
        """The environment that servers run in: one and the same, but for the target's own pins."""
        return self.get(server_requirements(target), target.python, DOCUMENT_DATE)

    def client_packages(self, target: Target) -> dict[str, str]:
        """What a target's client environment would hold, without building it: name -> version.

        Args:
            target: one of releases, not of a commit.

        Raises:
            Unavailable: no versions go together, or the index is silent.
        """
        return self._packages(client_requirements(target), target.python, target.held)

    def server_packages(self, target: Target) -> dict[str, str]:
        """The same of the environment that a target's servers run in."""
        return self._packages(server_requirements(target), target.python, DOCUMENT_DATE)

    def _packages(self, requirements: Sequence[str], python: str, held: str) -> dict[str, str]:
        """What an environment of these requirements would hold; resolved once, built never.

        Raises:
            Unavailable: as for `client_packages`.
        """
        recipe = self._recipe(requirements, python, held)
        with self._alone(recipe.name):
            if recipe.name not in self._resolved:
                self._resolved[recipe.name] = self._resolve(recipe)
        packages = self._resolved[recipe.name]
        if isinstance(packages, Unavailable):
            raise packages
        return packages

    def _resolve(self, recipe: Recipe) -> dict[str, str] | Unavailable:
        """What an environment of a recipe would hold, or why there can be none."""
        entry, earlier = self._answered(recipe)
        if entry and earlier and entry.lasts(recipe.source, self.today):
            return earlier.description.packages
        try:
            return versions(resolve(recipe, self.today).recorded)
        except Unreachable as error:
            return earlier.description.packages if earlier else error
        except Unavailable as error:
            return error

    def get(
        self,
        requirements: Sequence[str],
        python: str,
        held: str,
        source: str = "",
        patch: ChangeFile | None = None,
    ) -> Built:
        """An environment that holds these requirements, built now if there is none yet.

        Args:
            requirements: as pip writes them; the pinned ones are free of the held day.
            python: version or path of the interpreter; empty for one of the document's.
            held: the day (YYYY-MM-DD) at which all other packages are held, where pins allow.
            source: package and commit it is built from ("package@hash"); empty for none.
            patch: a diff of what it holds; None for none.

        Raises:
            Unavailable: it cannot be resolved or built here; says why in one sentence.
        """
        recipe = self._recipe(requirements, python, held, source, patch)
        with self._alone(recipe.name):
            entry, earlier = self._answered(recipe)
            if entry and earlier and entry.lasts(recipe.source, self.today):
                return earlier
            return self._build(recipe, earlier)

    def _recipe(
        self,
        requirements: Sequence[str],
        python: str,
        held: str,
        source: str = "",
        patch: ChangeFile | None = None,
    ) -> Recipe:
        """What is asked for, on the Python that is meant.

        Raises:
            Unavailable: there is no such Python here.
        """
        interpreter = self.interpreter(python)
        return Recipe(
            tuple(requirements),
            interpreter.path,
            held,
            source,
            pythons.after_document(interpreter.version),
            patch,
        )

    def _answered(self, recipe: Recipe) -> tuple[cache.CacheEntry | None, Built | None]:
        """What answered a recipe before, and its environment; None where there is none."""
        entry = cache.recall(self.folder, recipe.name)
        return entry, opened(self.folder / entry.environment, entry.held) if entry else None

    def _build(self, recipe: Recipe, earlier: Built | None) -> Built:
        """Resolve a recipe, make its environment where there is none of the same content, and
        remember which it is.

        Args:
            recipe: what is asked for.
            earlier: what answered it on another day, which does where the index is silent.
        """
        with self._counted(), workspace(self.folder) as scratch:
            # The wheels must outlive the installation.
            wheels = commit_wheels(self.clone, recipe, scratch) if recipe.source else {}
            try:
                lock = resolve(recipe.taking(wheels), self.today).recording(wheels)
            except Unreachable:
                if earlier is None:
                    raise
                return earlier
            folder = self.folder / recipe.environment(lock)
            with self._alone(str(folder)):
                if opened(folder, lock.held) is None:
                    install(lock, recipe.interpreter, folder, recipe.patch)
        built = opened(folder, lock.held)
        if built is None:
            raise Unavailable(f"the environment {folder.name} is damaged: delete .environments")
        answer = cache.CacheEntry(folder.name, lock.held, self.today)
        cache.remember(self.folder, recipe.name, answer)
        return built

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._guard:
            self.building += 1
        try:
            yield
        finally:
            with self._guard:
                self.building -= 1

    def _alone(self, name: str) -> threading.Lock:
        """What lets one thread at a time work on the thing of this name."""
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())

    @property
    def lacking(self) -> str:
        """Why no Python of the document's is used, see `Interpreters`."""
        return self._interpreters.lacking

    def interpreter(self, python: str) -> Interpreter:
        """The Python of a version or at a path; empty for one of the document's, else, where none
        of those is to be had, for the tooling's own.

        Raises:
            Unavailable: there is none such here, or it serves no trial.
        """
        return self._interpreters.get(python)
