"""What a file says an environment holds: a `pip freeze`, requirements, or a lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from scripts.domain.problems import UsageProblem
from scripts.environments import lock_files, requirement_files
from scripts.environments.inventory import Inventory, marker_environment
from scripts.environments.texts import path_words, text_of


@dataclass(frozen=True)
class Listing:
    """What a file says an environment holds.

    Attributes:
        requirements: as pip writes them, without markers, one a package: mostly pins
            ("httpx==0.27.2"); ranges where a requirements file has them.
        left_out: what comes from no release of the package index (editable, local, from an
            address or a repository), by name where one is known, else as written, shortened.
        ignored: options of the file that are not followed (other indexes, constraints on what is
            not listed), each option's name once, never its value.
    """

    requirements: tuple[str, ...]
    left_out: tuple[str, ...]
    ignored: tuple[str, ...]


def read(path: Path, python: str) -> Listing:
    """What a file lists for a Python on this system.

    It may be what `pip freeze` wrote, a requirements file, a uv.lock or a pylock.toml; of a lock,
    what is installed without extras and with the default groups.

    Args:
        path: of the file.
        python: full version of the interpreter, such as "3.11.3".

    Raises:
        UsageProblem: it cannot be read, is none of these, contradicts itself, or lists nothing.
        MeasurementProblem: it is a uv.lock, and there is no uv.
    """
    text = text_of(path)
    environment = marker_environment(python)
    tables = lock_files.document(path, text)
    if tables is None:
        inventory = requirement_files.read(path, text, environment)
    else:
        inventory = lock_files.read(path, text, tables, environment)
    try:
        requirements, ignored = _joined(inventory)
    except _Contradiction as error:
        raise UsageProblem(f"{path_words(path)} asks for {error}: keep one of them.") from error
    if not requirements:
        raise UsageProblem(f"{path_words(path)} lists no release of any package.")
    return Listing(requirements, _once(inventory.left_out), _once(ignored))


class _Contradiction(Exception):
    """Two requirements that no version meets, in words."""


def _joined(inventory: Inventory) -> tuple[tuple[str, ...], list[str]]:
    """The requirements, one a package with what constrains it, and the options not followed.

    Raises:
        _Contradiction: a package is asked for in versions that do not go together.
    """
    packages: dict[str, Requirement] = {}
    ignored = list(inventory.ignored)
    for requirement in inventory.requirements:
        name = canonicalize_name(requirement.name)
        packages[name] = merged(packages.get(name, requirement), requirement)
    for constraint in inventory.constraints:
        name = canonicalize_name(constraint.name)
        if name in packages:
            packages[name] = merged(packages[name], constraint)
        else:
            ignored.append("--constraint")
    return tuple(map(str, packages.values())), ignored


def merged(one: Requirement, other: Requirement) -> Requirement:
    """A requirement that holds where both do, without a marker; a pin stays a pin.

    Raises:
        _Contradiction: one pins a version that the other does not admit.
    """
    specifier = one.specifier & other.specifier
    pins = [part for part in (one.specifier, other.specifier) if pinned(part)]
    if pins:
        admitted = [pin for pin in pins if specifier.contains(pinned(pin), prereleases=True)]
        if not admitted:
            raise _Contradiction(f"{_bare(one)} and for {_bare(other)}")
        specifier = admitted[0]
    extras = ",".join(sorted(one.extras | other.extras))
    return Requirement(f"{one.name}[{extras}]{specifier}")


def pinned(specifier: SpecifierSet) -> str:
    """The one version that a specifier names; empty where it names none, or more."""
    parts = list(specifier)
    if len(parts) == 1 and parts[0].operator in ("==", "===") and "*" not in parts[0].version:
        return parts[0].version
    return ""


def _bare(requirement: Requirement) -> str:
    return f"{requirement.name}{requirement.specifier}"


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
