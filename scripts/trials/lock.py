"""One process at a time runs trials into a folder."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from scripts.domain.files import replace
from scripts.domain.paths import shown
from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.trials.scratch import clear

LOCK = ".lock"
"""Of a folder of trials: what a process holds that runs trials into it."""

HOLDER = ".holder.json"
"""Beside it: who that is."""


class Holder(msgspec.Struct, frozen=True):
    """Who runs trials into a folder: a process of a host."""

    host: str
    process: int


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes from running trials into a folder for as long as this lasts.

    The lock is the system's: nothing is left of it when its process dies, however that dies.

    Raises:
        UsageProblem: another process does; it says which.
        MeasurementProblem: the folder cannot be written.
    """
    lock = FileLock(folder / LOCK, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise UsageProblem(
            f"trials are being run into {shown(folder)}{_by(folder)}: wait for it, or end it."
        ) from None
    except OSError as error:
        raise MeasurementProblem(f"{shown(folder)} cannot be written: {error.strerror}.") from error
    try:
        clear(folder)
        holder = Holder(socket.gethostname(), os.getpid())
        with contextlib.suppress(OSError):  # a full disk: the lock holds all the same
            replace(folder / HOLDER, msgspec.json.encode(holder))
        yield
    finally:
        clear(folder)
        with contextlib.suppress(OSError):
            (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def _by(folder: Path) -> str:
    """Who runs trials into a folder, in words; empty where that is not known."""
    try:
        holder = msgspec.json.decode((folder / HOLDER).read_bytes(), type=Holder)
    except (OSError, msgspec.MsgspecError):
        return ""
    where = "" if holder.host == socket.gethostname() else f" on {holder.host!r}"
    return f" by process {holder.process}{where}"
