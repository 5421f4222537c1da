"""What a file says an environment holds: a `pip freeze`, requirements, or a lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from scripts.domain.problems import UsageProblem
from scripts.environments import lock_files, requirement_files
from scripts.environments.inventory import Inventory, marker_environment
from scripts.environments.texts import path_words, quoted, text_of


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
    requirements, ignored = _joined(path, inventory)
    if not requirements:
        raise UsageProblem(f"{path_words(path)} lists no release of any package.")
    return Listing(requirements, _once(inventory.left_out), _once(ignored))


def _joined(path: Path, inventory: Inventory) -> tuple[tuple[str, ...], list[str]]:
    """The requirements, one a package with what constrains it, and the options not followed."""
    packages: dict[str, list[Requirement]] = {}
    ignored = list(inventory.ignored)
    for requirement in inventory.requirements:
        packages.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    for constraint in inventory.constraints:
        constrained = packages.get(canonicalize_name(constraint.name))
        if constrained is None:
            ignored.append("--constraint")
        else:
            constrained.append(constraint)
    return tuple(_together(path, group) for group in packages.values()), ignored


def _together(path: Path, requirements: Sequence[Requirement]) -> str:
    """What a file's requirements for one package come to, without markers; with a pin, the pin.

    Raises:
        UsageProblem: none of their pins is admitted by all.
    """
    name = requirements[0].name
    extras = ",".join(sorted({extra for part in requirements for extra in part.extras}))
    parts = dict.fromkeys(str(requirement.specifier) for requirement in requirements)
    specifier = SpecifierSet(",".join(filter(None, parts)))
    pins = [part for part in parts if pinned(part)]
    # One that names a local version is admitted by one that does not, and not the other way.
    admitted = [pin for pin in pins if specifier.contains(pinned(pin), prereleases=True)]
    if pins and not admitted:
        versions = quoted(" and ".join(filter(None, parts)))
        raise UsageProblem(
            f"{path_words(path)} asks for {name} {versions}: no version is all of that."
        )
    chosen = admitted[0] if admitted else specifier
    return f"{name}[{extras}]{chosen}" if extras else f"{name}{chosen}"


def pinned(specifier: str) -> str:
    """The one version that a specifier names; empty where it names none, or more."""
    parts = list(SpecifierSet(specifier))
    if len(parts) == 1 and parts[0].operator in ("==", "===") and "*" not in parts[0].version:
        return parts[0].version
    return ""


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
