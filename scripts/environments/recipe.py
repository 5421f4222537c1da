"""What is asked of an environment, before it is known which versions answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.domain.hashes import digest
from scripts.domain.pins import project
from scripts.domain.trial import ChangeFile
from scripts.environments.lock import Lock


@dataclass(frozen=True)
class Recipe:
    """What an environment is made from.

    Attributes:
        requirements: as pip writes them; the pinned ones are free of the held day.
        interpreter: path of its Python.
        held: the day (YYYY-MM-DD) at which all other packages are held, where pins allow.
        source: package and commit it is built from ("package@hash"); empty for none.
        after_document: whether its Python is newer than those of the document's day. Then what is
            not pinned is the newest, and nothing is compiled: of that day's releases some have no
            wheel for it, and others break on it.
        patch: a diff of what it holds; None for none.
    """

    requirements: tuple[str, ...]
    interpreter: str
    held: str
    source: str = ""
    after_document: bool = False
    patch: ChangeFile | None = None

    @property
    def name(self) -> str:
        """Names the recipe, and what answered it, on disk."""
        return digest(self.interpreter, sorted(self.requirements), self.held, *self._apart)

    def environment(self, lock: Lock) -> str:
        """Names the environment that a lock of this recipe makes: alike locks share one."""
        return digest(self.interpreter, list(lock.recorded), *self._apart)

    @property
    def _apart(self) -> list[str]:
        # Commits mostly share one version, as what a diff changes does: hashes keep them apart.
        changed = [self.patch.sha256] if self.patch else []
        return [self.source, *changed] if self.source or changed else []

    @property
    def pinned(self) -> list[str]:
        """Names of the packages whose version it chooses, as it spells them."""
        return [Requirement(line).name for line in self.requirements if "==" in line]

    def taking(self, wheels: Mapping[str, str]) -> Recipe:
        """The same recipe with wheels in the place of what it asks for by name.

        Args:
            wheels: how uv takes a wheel ("httpx @ file://...") -> how a lock records it.
        """
        if not wheels:
            return self
        built = {canonicalize_name(Requirement(line).name) for line in wheels}
        others = [line for line in self.requirements if project(line) not in built]
        return replace(self, requirements=(*wheels, *others))
