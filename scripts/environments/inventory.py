"""What a file says an environment holds, as it stands there, for one Python on this system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.markers import default_environment
from packaging.requirements import Requirement

from scripts.environments.pythons import series_of


@dataclass(frozen=True)
class Inventory:
    """What is gathered from a file, and from those it includes, in their order.

    Attributes:
        requirements: what is asked of the package index; a package may be there several times.
        constraints: what holds for packages that are asked for elsewhere.
        left_out: what comes from no release of the package index.
        ignored: options that are not followed.
    """

    requirements: list[Requirement] = field(default_factory=list)
    constraints: list[Requirement] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def marker_environment(python: str) -> dict[str, str]:
    """What markers are evaluated for: this system, and a Python of this full version."""
    own = {name: str(value) for name, value in default_environment().items()}
    return own | {
        "python_version": series_of(python),
        "python_full_version": python,
        "implementation_version": python,
    }


def applies(requirement: Requirement, environment: Mapping[str, str]) -> bool:
    """Whether a requirement holds in an environment.

    Raises:
        ValueError, LookupError, RecursionError: its marker cannot be evaluated.
    """
    return requirement.marker is None or requirement.marker.evaluate(environment)
