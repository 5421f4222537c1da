"""The project's folder, and writing a file so that a reader sees all of it or nothing."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
"""The folder of the clone."""


def replace(path: Path, data: bytes) -> None:
    """Write a file in one step, replacing what was there.

    Args:
        path: of the file; its folder must exist.
        data: all that is to stand in it.

    Raises:
        OSError: the disk is full or the folder cannot be written; nothing is left behind.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        with part.open("wb") as stream:
            stream.write(data)
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        error.filename = str(path)  # which what is written through an open file does not name
        raise
