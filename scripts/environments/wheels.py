"""Wheels built from a commit, each from files of its own, so that none is ever taken for another.

Commits of a library mostly carry one version number: what tells them apart is checked here.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Mapping
from email import message_from_bytes
from pathlib import Path

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from scripts.domain.pins import project
from scripts.environments.clone import Clone
from scripts.environments.uv import Unavailable, Unreachable


class Foreign(Exception):
    """A wheel holds code that its commit does not."""


def wheels(
    clone: Clone, package: str, sha: str, scratch: Path, build: Callable[[Path, Path], None]
) -> dict[str, Path]:
    """Build a commit's wheel, and those of the other projects in its repository.

    Args:
        clone: where the commit is.
        package: whose wheel is wanted.
        sha: the commit.
        scratch: an empty folder.
        build: builds the project in the first folder into the second; its errors pass through.

    Returns:
        Project name -> wheel; a sibling that does not build is left out.

    Raises:
        Foreign: the commit holds no such package, or the wheel other code than the commit.
        UsageProblem: git cannot check it out.
    """
    checkout = scratch / "checkout"
    clone.check_out(sha, checkout)
    projects = clone.projects(sha)
    if package not in projects:
        raise Foreign(f"commit {sha[:12]} holds no project {package}")
    known = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in checkout.rglob("*.py")
        if path.is_file()
    }
    found: dict[str, Path] = {}
    for name, folder in projects.items():
        out = scratch / f"wheel-{name}"
        try:
            build(checkout / folder, out)
        except Unreachable:
            raise
        except Unavailable:
            if name == package:
                raise
            continue
        for wheel in out.glob("*.whl"):
            found[name] = wheel
    if package not in found:
        raise Foreign(f"commit {sha[:12]} builds no wheel of {package}")
    for wheel in found.values():
        strange = foreign(wheel, known)
        if strange:
            raise Foreign(f"the wheel of {sha[:12]} holds {strange}, its commit does not")
    return found


def wanted(built: Mapping[str, Path], package: str) -> dict[str, Path]:
    """Of a repository's wheels, the package's own and those it depends on.

    Projects of one repository may require each other at the very commit.
    """
    needed = {package: built[package]}
    waiting = [package]
    while waiting:
        for name in requires(built[waiting.pop()]):
            if name in built and name not in needed:
                needed[name] = built[name]
                waiting.append(name)
    return needed


def requires(wheel: Path) -> list[str]:
    """The names of the packages that a wheel depends on."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        head = message_from_bytes(archive.read(name))
    lines = head.get_all("Requires-Dist") or []
    return [project(str(line)) for line in lines]


def foreign(wheel: Path, known: set[str]) -> str | None:
    """A Python file of a wheel whose content is none of the known ones; None where all are.

    Files that builds generate, with a version in their name, are no code of the commit.
    """
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            ours = name.endswith(".py") and "version" not in Path(name).name
            if ours and hashlib.sha256(archive.read(name)).hexdigest() not in known:
                return name
    return None


def pinned(wheel: Path) -> str:
    """A wheel as a line of a lock: name and version."""
    try:
        name, version, *_ = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename as error:
        raise Foreign(f"{wheel.name} is no wheel's name") from error
    return f"{canonicalize_name(name)}=={version}"
