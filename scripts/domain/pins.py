"""Pins as people write them: a package and the one version of it."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from scripts.domain.problems import UsageProblem

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
    if not re.fullmatch(r"===?[^*,]+", str(requirement.specifier)):
        raise UsageProblem(f"{text!r} must name one version; write it like 'httpx==0.27.2'.")
    return requirement


def project(requirement: str) -> str:
    """The name of the package that a requirement is for, as indexes compare names."""
    return canonicalize_name(Requirement(requirement).name)
