"""How a trial ended, judged by what its processes left behind."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from scripts.domain.trial import Failure, Outcome
from scripts.domain.words import status_words
from scripts.trials.notes import ClientNote

NEVER_RAN = ("ModuleNotFoundError", "ImportError", "SyntaxError")
"""Exceptions with which a script ends before it has done anything."""


class Ending(msgspec.Struct, frozen=True):
    """How a trial ended, and why in a sentence where it did not complete."""

    outcome: Outcome
    detail: str = ""


def ending(
    note: ClientNote | None,
    status: int | None,
    died: int | None,
    deadline: float,
    per_request: bool = False,
) -> Ending:
    """How a trial ended whose server was ready.

    Args:
        note: the client's; None where it left none.
        status: the client's exit status, negative for a signal; None while it runs.
        died: status of a server that ended before the client; None for one that did not.
        deadline: seconds the client had.
        per_request: whether the script is known to send requests that are recorded, as those of
            the axes do: what it raises before the first tells nothing about them.
    """
    if died is not None:
        return Ending("server-died", f"the server ended with status {died} while the client ran")
    if note is None and status is not None:
        words = status_words(status)
        return Ending("crashed", f"the client ended with {words} and no note")
    if note is None or note.hung is not None:
        return Ending("hung", f"the client was still running after {deadline:.0f} s")
    if note.refused is not None:
        return Ending("unavailable", f"the change cannot be made here: {note.refused}")
    if note.outside is not None:
        host = note.outside.rpartition(":")[0]
        return Ending(
            "unavailable",
            f"the client was about to connect to {note.outside}, which is not this machine, and "
            f"was stopped: --allow-address {host}, if it is to",
        )
    if note.script_failure is not None and failed_early(note, note.script_failure, per_request):
        return Ending("script-failed", last_words(note.script_failure))
    return Ending("completed")


def crashed_within(stack: str, folder: Path) -> bool:
    """Whether a process crashed in a program of a folder, by the innermost frame of the stack that
    Python's faulthandler left.

    Args:
        stack: as it was written, the most recent call first.
        folder: of the programs.
    """
    innermost = re.search(r'^ *File "([^"]*)"', stack, re.MULTILINE)
    return innermost is not None and Path(innermost[1]).is_relative_to(folder)


def not_ready(status: int | None, seconds: float, command: str = "", said: str = "") -> Ending:
    """How a trial ended whose server never accepted a connection.

    Args:
        status: the server's exit status; None while it runs.
        seconds: that it had.
        command: its call, of one in any language; empty for any other.
        said: the last lines it wrote to standard error.
    """
    if status is None:
        detail = f"the server did not accept a connection within {seconds:.0f} s"
        if command:
            detail += f" ({command}): it is to listen on the port that {{port}} and PORT tell it"
    else:
        detail = f"the server ended with status {status} before it was ready"
        if command:
            detail += f" ({command})" + "".join(f": {line}" for line in said.splitlines()[-1:])
    return Ending("server-not-ready", detail)


def failed_early(note: ClientNote, failure: Failure, per_request: bool) -> bool:
    """Whether a script's failure tells nothing about the library under load."""
    if note.recorded or per_request:
        return not note.requests.start
    return failure.chain[0].type in NEVER_RAN


def last_words(failure: Failure) -> str:
    """An exception in a line: its type and its message."""
    first = failure.chain[0]
    return f"{first.type}: {first.message}" if first.message else first.type
