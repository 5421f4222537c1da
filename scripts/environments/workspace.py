"""Where environments are resolved and built: beside them, so that what a kill leaves is found."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from scripts.domain.files import PROJECT

ENVIRONMENTS = PROJECT / ".environments"
"""Where environments are kept."""

BUILDING = ".building-"
"""Before the process and a name of its own: a folder in which something is being built."""


@contextmanager
def workspace(folder: Path = ENVIRONMENTS) -> Iterator[Path]:
    """An empty folder that is gone when the block is done; what processes that are gone left in
    theirs goes too.

    Args:
        folder: of environments, in which it is made.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clear_abandoned(folder)
    prefix = f"{BUILDING}{os.getpid()}-"
    with tempfile.TemporaryDirectory(
        prefix=prefix, dir=folder, ignore_cleanup_errors=True
    ) as scratch:
        yield Path(scratch)


def clear_abandoned(folder: Path) -> None:
    """Remove what processes that are gone were building in a folder of environments."""
    for scratch in folder.glob(f"{BUILDING}*"):
        builder = scratch.name.removeprefix(BUILDING).partition("-")[0]
        if not builder.isdecimal() or not psutil.pid_exists(int(builder)):
            shutil.rmtree(scratch, ignore_errors=True)
