"""Pins as people write them: a package and the one version of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scripts.domain.problems import UsageProblem

Moves = dict[str, tuple[str | None, str | None]]
"""Packages at two versions: name -> (of the one, of the other); None where there is none."""

LONGEST_NAME = 100
"""Characters of a package's name."""

SERVER_PREFIX = "server:"
"""Before a pin of the server's environment."""


def pin(text: str) -> Requirement:
    """A pin as the user wrote it.

    Raises:
        UsageProblem: it is no requirement, or does not name one version.
    """
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UsageProblem(
            f"{text!r} is not a requirement; write it like 'httpx==0.27.2'."
        ) from error
    if requirement.marker is not None or requirement.url is not None:
        raise UsageProblem(
            f"{text!r} must name a release and nothing else; write it like 'httpx==0.27.2'."
        )
    if len(requirement.name) > LONGEST_NAME:
        raise UsageProblem(f"{requirement.name!r} is too long for the name of a package.")
    if not re.fullmatch(r"===?[^*,=][^*,]*", str(requirement.specifier)):
        raise UsageProblem(f"{text!r} must name one version; write it like 'httpx==0.27.2'.")
    return requirement


def pinned(requirements: Iterable[str]) -> dict[str, str]:
    """The versions that pins name: name -> version."""
    return {project(requirement): requirement.partition("==")[2] for requirement in requirements}


def moves(one: Mapping[str, str], other: Mapping[str, str]) -> Moves:
    """The packages that two sets of versions do not have alike, by name.

    Args:
        one, other: name -> version.
    """
    return {
        name: (one.get(name), other.get(name))
        for name in sorted({*one, *other})
        if one.get(name) != other.get(name)
    }


def project(requirement: str) -> str:
    """The name of the package that a requirement is for, as indexes compare names."""
    return canonicalize_name(Requirement(requirement).name)
