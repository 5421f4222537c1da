"""Locks: every package of an environment, each with its version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class Lock:
    """What an environment holds, a line a package, in order.

    Attributes:
        installed: as uv takes it: "httpx==0.28.1", or "httpx @ file://..." for a wheel built here.
        recorded: as the environment records it, without paths of this machine: "httpx==0.28.1".
        held: the day (YYYY-MM-DD) at which all is held that is not pinned; None where pins allowed
            no such day.
    """

    installed: tuple[str, ...]
    recorded: tuple[str, ...]
    held: str | None

    @classmethod
    def of(cls, text: str, held: str | None) -> Lock:
        """The lock that uv wrote; its comments are left out."""
        lines = sorted(line for line in text.splitlines() if line and not line.startswith("#"))
        return cls(tuple(lines), tuple(lines), held)

    def recording(self, wheels: Mapping[str, str]) -> Lock:
        """The same, with other lines recorded for the wheels that were built here.

        Args:
            wheels: how uv takes a wheel -> how it is recorded.
        """
        recorded = tuple(wheels.get(line, line) for line in self.installed)
        return replace(self, recorded=recorded)


def versions(lines: Iterable[str]) -> dict[str, str]:
    """The packages of a lock's lines with their versions."""
    parts = (line.partition("==") for line in lines)
    return {str(canonicalize_name(name)): version for name, _, version in parts if version}


def moves(packages: Mapping[str, str], document: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Packages of the document's environment at another version: name -> (document's, this one).

    Args:
        packages: name -> version.
        document: the same of the document's environment.
    """
    return {
        name: (document[name], version)
        for name, version in packages.items()
        if name in document and document[name] != version
    }
