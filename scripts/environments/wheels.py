"""Wheels built from a commit, each from files of its own, so that none is ever taken for another.

Commits of a library mostly carry one version number: what tells them apart is checked here.
"""

from __future__ import annotations

import hashlib
import inspect
import zipfile
from collections.abc import Callable, Collection, Mapping
from email import message_from_bytes
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from scripts.domain.pins import project
from scripts.domain.problems import UsageProblem
from scripts.environments.clone import Clone
from scripts.environments.recipe import Recipe
from scripts.environments.uv import Unavailable, Unreachable, wheel_builder

Build = Callable[[Path, Path], None]
"""Builds the project in the first folder into a wheel in the second."""


class Foreign(Exception):
    """A wheel holds code that its commit does not, or is not to be had from it."""


def commit_wheels(clone: Clone | None, recipe: Recipe, scratch: Path) -> dict[str, str]:
    """Build the wheels of a recipe's commit that its environment needs.

    Args:
        clone: where the commit is; None where it was not said.
        recipe: one with a commit.
        scratch: an empty folder, in which the wheels stay.

    Returns:
        How uv takes a wheel ("httpx @ file://...") -> how a lock records it ("httpx==0.28.1").

    Raises:
        Unavailable: the commit does not build, or holds none, or a requirement pins a package
            that comes from the same commit.
    """
    package, _, sha = recipe.source.partition("@")
    if clone is None:
        raise Unavailable(f"commit {sha[:12]} needs its clone: --source")
    try:
        built = build_wheels(clone, package, sha, scratch, wheel_builder(recipe.interpreter))
        needed = needed_wheels(built, package)
        lines = {f"{name} @ {path.as_uri()}": lock_line(path) for name, path in needed.items()}
    except (Foreign, UsageProblem) as error:
        raise Unavailable(str(error)) from error
    siblings = needed.keys() - {package}
    for requirement in recipe.requirements:
        if project(requirement) in siblings and Requirement(requirement).specifier:
            raise Unavailable(f"{requirement} comes from the same commit as {package}")
    return lines


def build_wheels(
    clone: Clone, package: str, sha: str, scratch: Path, build: Build
) -> dict[str, Path]:
    """Build a commit's wheel, and those of the other projects in its repository.

    Args:
        clone: where the commit is.
        package: whose wheel must be among them.
        sha: the commit.
        scratch: an empty folder.
        build: its errors pass through.

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
    # Builds may write into the checkout: what the commit holds is known only before.
    sources = {_hash(path.read_bytes()) for path in checkout.rglob("*.py") if path.is_file()}
    wheels = _built(package, projects, scratch, build)
    if package not in wheels:
        raise Foreign(f"commit {sha[:12]} builds no wheel of {package}")
    for wheel in wheels.values():
        name = foreign_file(wheel, sources)
        if name:
            raise Foreign(f"the wheel of {sha[:12]} holds {name}, its commit does not")
    return wheels


def _built(
    package: str, projects: Mapping[str, PurePosixPath], scratch: Path, build: Build
) -> dict[str, Path]:
    """The wheels of a checkout's projects, but for those that do not build; `package` must."""
    wheels: dict[str, Path] = {}
    for name, folder in projects.items():
        out = scratch / f"wheel-{name}"
        try:
            build(scratch / "checkout" / folder, out)
        except Unreachable:
            raise
        except Unavailable:
            if name == package:
                raise
            continue
        for wheel in out.glob("*.whl"):
            wheels[name] = wheel
    return wheels


def needed_wheels(built: Mapping[str, Path], package: str) -> dict[str, Path]:
    """Of a repository's wheels, the package's own and those it depends on.

    Projects of one repository may require each other at the very commit.
    """
    needed = {package: built[package]}
    waiting = [package]
    while waiting:
        for name in dependencies(built[waiting.pop()]):
            if name in built and name not in needed:
                needed[name] = built[name]
                waiting.append(name)
    return needed


def dependencies(wheel: Path) -> list[str]:
    """The names of the packages that a wheel depends on."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        headers = message_from_bytes(archive.read(metadata))
    return [project(str(line)) for line in headers.get_all("Requires-Dist") or []]


def foreign_file(wheel: Path, sources: Collection[str]) -> str | None:
    """A Python file of a wheel that is none of its commit's; None where all are.

    Files that builds generate, with a version in their name, are no code of the commit.

    Args:
        wheel: the file.
        sources: SHA-256 of the commit's Python files.
    """
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            is_code = name.endswith(".py") and "version" not in Path(name).name
            if is_code and _hash(archive.read(name)) not in sources:
                return name
    return None


def modules(wheel: Path) -> set[str]:
    """The top-level modules that a wheel brings."""
    with zipfile.ZipFile(wheel) as archive:
        paths = [PurePosixPath(name) for name in archive.namelist()]
    names = [
        path.parts[0] if len(path.parts) > 1 else inspect.getmodulename(path.name)
        for path in map(_placed, paths)
    ]
    return {name for name in names if name and name.isidentifier()}


def _placed(path: PurePosixPath) -> PurePosixPath:
    """Where a wheel's file is installed: what is in NAME.data/purelib goes beside the rest."""
    is_library = len(path.parts) > 2 and path.parts[1] in ("purelib", "platlib")
    return PurePosixPath(*path.parts[2:]) if is_library else path


def lock_line(wheel: Path) -> str:
    """A wheel as a line of a lock: name and version.

    Raises:
        Foreign: its file is not named as wheels are.
    """
    try:
        name, version, *_ = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename as error:
        raise Foreign(f"{wheel.name} is no wheel's name") from error
    return f"{canonicalize_name(name)}=={version}"


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
