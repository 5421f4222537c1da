"""Where a trial leaves what nobody keeps: in its folder of trials, where what a kill left is found.

Whoever runs trials into a folder holds its lock, and clears what an earlier run left there.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRATCH = ".scratch"
"""Of a folder of trials: what runs there, and is gone when it is done."""


@contextmanager
def scratch(folder: Path | None, prefix: str) -> Iterator[Path]:
    """An empty folder that is gone when the block is done.

    Args:
        folder: of trials; None for the system's temporary folder.
        prefix: of its name.

    Raises:
        OSError: it cannot be made.
    """
    within = None if folder is None else folder / SCRATCH
    if within is not None:
        within.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=within, ignore_cleanup_errors=True) as made:
        yield Path(made)


ROOM = 256 * 1024
"""Bytes that the disk has free at least on which a trial wrote its notes."""


def require_room(folder: Path) -> None:
    """Make sure that there is still room where a trial wrote.

    Raises:
        OSError: there is none, and nothing that the trial lacks says anything.
    """
    disk = os.statvfs(folder)
    full_of_files = disk.f_files > 0 and disk.f_favail == 0
    if disk.f_bavail * disk.f_frsize < ROOM or full_of_files:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def clear(folder: Path) -> None:
    """Remove what is left of trials in a folder in which none runs: their scratch, and files that
    were not written to their end.
    """
    shutil.rmtree(folder / SCRATCH, ignore_errors=True)
    for part in folder.glob(".*.part"):
        part.unlink(missing_ok=True)
