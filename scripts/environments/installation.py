"""From a lock to a folder: a virtual environment that is there whole or not at all."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scripts.domain.trial import ChangeFile, Environment
from scripts.environments import patches
from scripts.environments.index_setting import index_setting
from scripts.environments.lock import Lock, moves, versions
from scripts.environments.requirements import baseline
from scripts.environments.uv import Unavailable, uv
from scripts.environments.workspace import workspace

LOCK = "lock.txt"
"""The file of an environment that says what it holds."""


@dataclass(frozen=True)
class Built:
    """An environment on disk: its folder, its interpreter and what is in it."""

    folder: Path
    interpreter: Path
    description: Environment


def interpreter_of(folder: Path) -> Path:
    """The interpreter inside a virtual environment."""
    return folder / "bin" / "python"


def opened(folder: Path, held: str | None) -> Built | None:
    """The environment in a folder; None where there is none or it is damaged.

    Args:
        folder: where it is.
        held: the day at which all is held that is not pinned; None where pins allowed no such day.
    """
    if not interpreter_of(folder).exists():
        return None
    try:
        config = (folder / "pyvenv.cfg").read_text()
        packages = versions((folder / LOCK).read_text().splitlines())
    except (OSError, ValueError):
        return None
    version = re.search(r"(?m)^version_info = (\S+)", config)
    index = re.search(r"(?m)^package-index = (.+)$", config)
    moved = moves(packages, baseline())
    description = Environment(
        version[1] if version else "unknown", packages, moved, held, index[1] if index else ""
    )
    return Built(folder, interpreter_of(folder), description)


def install(lock: Lock, interpreter: str, folder: Path, patch: ChangeFile | None = None) -> None:
    """Make the environment of a lock; a damaged one makes room for it.

    Args:
        lock: what goes into it.
        interpreter: path of its Python.
        folder: where it is to be; the folder around it is made where it is missing.
        patch: a diff that is applied to it; None for none.

    Raises:
        Unavailable: it cannot be built; nothing is left behind.
    """
    with workspace(folder.parent) as scratch:
        venv = scratch / "venv"
        options = ["--quiet", "--relocatable", "--no-project", "--python", interpreter]
        uv("venv", *options, str(venv))
        with (venv / "pyvenv.cfg").open("a") as config:  # which is told apart by its keys
            config.write(f"package-index = {index_setting().name}\n")
        _fill(venv, lock)
        if patch is not None:
            patches.apply(venv, patch)
        if opened(folder, None) is None:
            shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            venv.rename(folder)  # another process may have been first: theirs is the same
    if not folder.exists():
        raise Unavailable(f"no environment could be written to {folder.parent.name}")


def _fill(venv: Path, lock: Lock) -> None:
    """Install a lock into an empty environment, and record it there."""
    if lock.installed:
        _write(venv / LOCK, lock.installed)
        into = ["--python", str(interpreter_of(venv))]
        packages = ["--no-deps", "--requirements", str(venv / LOCK)]
        try:
            uv("pip", "install", "--quiet", "--offline", *into, *packages)
        except Unavailable:
            uv("pip", "install", "--quiet", *into, *packages)
    _write(venv / LOCK, lock.recorded)


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines))
