"""The call that goes on with a folder of trials: printed, and kept in the folder."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Sequence
from pathlib import Path

from scripts.domain.files import replace
from scripts.domain.paths import shown

RESUME = "resume.txt"
"""Of a folder of trials: the call, for whoever finds the folder and nothing else."""


def resuming(verb: str, folder: Path, place: Sequence[str] = ()) -> str:
    """The call that goes on with a folder's trials, which stands in the folder from now on: nobody
    may read what is printed when a terminal is closed or a process killed.

    Args:
        verb: that made the folder.
        folder: its own.
        place: arguments that say where its trials run.
    """
    call = f"nox -s {verb} -- --resume {shown(folder)}"
    if place:
        call += f" {shlex.join(place)}"
    with contextlib.suppress(OSError):  # what it is to hold is said when a trial is written
        replace(folder / RESUME, f"{call}\n".encode())
    return call
