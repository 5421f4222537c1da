"""Locks of whole environments: pylock.toml (PEP 751), and uv.lock, which uv turns into one.

Nothing of a lock is run, built or fetched.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, cast

import msgspec
from packaging.markers import Environment
from packaging.pylock import (
    PackageDirectory,
    PackageSdist,
    PackageWheel,
    Pylock,
    PylockSelectError,
    PylockValidationError,
)
from packaging.requirements import Requirement

from scripts.domain.problems import UsageProblem
from scripts.environments.index import wheel_tags
from scripts.environments.inventory import Inventory
from scripts.environments.texts import path_words, quoted
from scripts.environments.uv import Unavailable, uv
from scripts.environments.workspace import workspace

EXPORT_TIMEOUT = 120
"""Seconds for uv to read a lock, which takes it a fraction of one."""

LONGEST_LINE = 2**14
"""Characters of a line of a lock; uv writes some hundreds. Of a key with many dots the time to read
it grows with the square of its length."""

REASON_CHARACTERS = 400
"""As much of an error as a sentence quotes."""

EXPORTING = (
    *("export", "--frozen", "--offline", "--no-config", "--quiet"),
    *("--format", "pylock.toml", "--no-emit-project", "--no-header"),
)


class _Package(msgspec.Struct, frozen=True, rename="kebab"):
    """A package of a uv.lock, as far as projects are told from it."""

    name: str
    source: dict[str, Any] = {}
    default_groups: list[str] | str | None = None
    dev_dependencies: dict[str, Any] = {}


class _Manifest(msgspec.Struct, frozen=True, rename="kebab"):
    """What a uv.lock says of a workspace without a project of its own, or of a script."""

    default_groups: list[str] | str | None = None
    dependency_groups: dict[str, Any] = {}


class _UvLock(msgspec.Struct, frozen=True, rename="kebab"):
    """A uv.lock."""

    package: list[_Package] = []
    manifest: _Manifest = _Manifest()

    @property
    def root(self) -> _Package | None:
        """The project whose lock it is; None for a workspace without one, and for a script."""
        for package in self.package:
            if "." in (package.source.get("virtual"), package.source.get("editable")):
                return package
        return None


def document(path: Path, text: str) -> dict[str, Any] | None:
    """A lock's tables; None for a file that is none.

    Raises:
        UsageProblem: it is called a lock, but is none.
    """
    try:
        # The time that parsing takes grows with the square of a line's length.
        if len(max(text.splitlines(), key=len, default="")) > LONGEST_LINE:
            raise ValueError("a line is too long")
        tables = tomllib.loads(text)
        reason = "it is no lock"
    except (ValueError, RecursionError) as error:
        tables, reason = {}, f"its TOML cannot be read ({_reason(error)})"
    if _is_pylock(tables) or {"version", "requires-python", "package"} <= tables.keys():
        return tables
    if path.suffix == ".toml" or path.name == "uv.lock":
        raise UsageProblem(
            f"{path_words(path)} is neither a pip freeze nor a lock file of uv: {reason}."
        )
    return None


def _is_pylock(tables: Mapping[str, Any]) -> bool:
    return "lock-version" in tables


def read(
    path: Path, text: str, tables: Mapping[str, Any], environment: Mapping[str, str]
) -> Inventory:
    """What a lock installs on this system, without extras and with its default groups.

    Args:
        path: of the lock.
        text: its text.
        tables: the same, parsed.
        environment: what markers are evaluated for.

    Raises:
        UsageProblem: it cannot be read, or is not for this Python and system.
        MeasurementProblem: there is no uv.
    """
    try:
        lock = Pylock.from_dict(tables if _is_pylock(tables) else _exported(text, tables))
    except (PylockValidationError, msgspec.ValidationError, RecursionError, Unavailable) as error:
        raise UsageProblem(
            f"{path_words(path)} cannot be read as a lock: {_reason(error)}."
        ) from error
    try:
        return _inventory(lock, environment)
    except (PylockSelectError, ValueError, LookupError, RecursionError) as error:
        raise UsageProblem(
            f"{path_words(path)} cannot be used with Python "
            f"{environment['python_full_version']} here: {_reason(error)}."
        ) from error


def _inventory(lock: Pylock, environment: Mapping[str, str]) -> Inventory:
    """What a lock installs.

    Raises:
        PylockSelectError, ValueError, LookupError, RecursionError: nothing can be selected.
    """
    from pypi_simple import PYPI_SIMPLE_ENDPOINT  # a fifth of a second of imports

    inventory = Inventory()
    tags = list(wheel_tags(environment["python_full_version"]))
    selected = lock.select(environment=cast(Environment, dict(environment)), tags=tags)
    for package, origin in selected:
        if isinstance(origin, PackageWheel | PackageSdist) and origin.url:
            version = f"=={package.version}" if package.version else ""
            inventory.requirements.append(Requirement(package.name + version))
            if package.index and package.index.rstrip("/") != PYPI_SIMPLE_ENDPOINT.rstrip("/"):
                inventory.ignored.append("index")
        elif not _is_project(origin):
            inventory.left_out.append(package.name)
    return inventory


def _is_project(origin: object) -> bool:
    """Whether a package is the very project that was locked."""
    return isinstance(origin, PackageDirectory) and PurePosixPath(origin.path) == PurePosixPath()


def _exported(text: str, tables: Mapping[str, Any]) -> dict[str, Any]:
    """The pylock.toml that uv makes of a uv.lock.

    Raises:
        ValidationError, RecursionError, Unavailable: it is no lock that uv reads.
        MeasurementProblem: there is no uv.
    """
    lock = msgspec.convert(tables, _UvLock)
    everything = [] if lock.root else ["--all-packages"]
    with workspace() as scratch:
        (scratch / "uv.lock").write_text(text, encoding="utf-8")
        (scratch / "pyproject.toml").write_text(_project(lock), encoding="utf-8")
        exported = uv(*EXPORTING, "--project", str(scratch), *everything, timeout=EXPORT_TIMEOUT)
    return tomllib.loads(exported)


def _project(lock: _UvLock) -> str:
    """As much of the locked project's pyproject.toml as uv looks at when it exports a lock."""
    root, manifest = lock.root, lock.manifest
    groups = root.dev_dependencies if root else manifest.dependency_groups
    defaults = root.default_groups if root else manifest.default_groups
    names = {*groups, *(defaults if isinstance(defaults, list) else ())}
    lines = ["[project]", f"name = {_string(root.name)}", 'version = "0"'] if root else []
    lines += ["[dependency-groups]", *(f"{_string(name)} = []" for name in sorted(names))]
    lines += ["[tool.uv]"]
    lines += [] if defaults is None else [f"default-groups = {_string(defaults)}"]
    # It makes the folder a workspace of its own, whatever lies above it.
    lines += ["[tool.uv.workspace]"]
    return "\n".join(lines) + "\n"


def _string(value: str | list[str]) -> str:
    """A string of TOML, or an array of them: JSON writes both alike."""
    return json.dumps(value, ensure_ascii=False)


def _reason(error: Exception) -> str:
    """What an error says, as a part of a sentence."""
    return quoted(str(error), REASON_CHARACTERS).rstrip(".")
