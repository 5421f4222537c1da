"""What the operating system refuses, as a problem in one sentence that names the path."""

from __future__ import annotations

import errno
import os
import re

from scripts.domain.problems import MeasurementProblem, Problem, UsageProblem

USAGE = (errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENOENT, errno.EINVAL)
"""Errors that another path would not have."""

ADVICE = {
    errno.ENOSPC: "make room there, and go on",
    errno.EDQUOT: "make room there, and go on",
    errno.EROFS: "nothing can be written there: name another place (RESULTS_FOLDER, UV_CACHE_DIR)",
    errno.EACCES: "nothing can be written there: name another place (RESULTS_FOLDER, UV_CACHE_DIR)",
    errno.EMFILE: "raise the limit (ulimit -n)",
    errno.ENFILE: "the system has no more files to open: end something else",
    errno.EAGAIN: "raise the limits (ulimit -u), or end something else",
    errno.ENOMEM: "raise the limit (ulimit -v), or end something else",
    errno.EFBIG: "raise the limit (ulimit -f)",
}
"""What to do about an error."""

LOOP = re.compile(r"Symlink loop from '(?P<path>.*)'", re.DOTALL)
"""What pathlib says of a link that leads to itself, up to Python 3.12."""


def problem_of(error: BaseException) -> Problem | None:
    """What the operating system refused, as a problem; None for what is a fault of ours.

    Args:
        error: as it was caught.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return _refused(error, error.errno)
    if isinstance(error, MemoryError):
        return MeasurementProblem(f"memory ran out: {ADVICE[errno.ENOMEM]}.")
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return MeasurementProblem(f"no thread can be started: {ADVICE[errno.EAGAIN]}.")
    if isinstance(error, RuntimeError) and (loop := LOOP.fullmatch(str(error))):
        return UsageProblem(f"{loop['path']!r} is a link that leads to itself.")
    return None


def _refused(error: OSError, number: int) -> Problem:
    """A refusal, with its path, or what is written to without one."""
    names = [name for name in (error.filename, error.filename2) if name not in (None, "")]
    where = " and ".join(repr(_text(name)) for name in names) or "standard output"
    kind = UsageProblem if number in USAGE and names else MeasurementProblem
    advice = f"; {ADVICE[number]}" if number in ADVICE else ""
    return kind(f"{where}: {error.strerror or os.strerror(number)}{advice}.")


def _text(name: object) -> str:
    return os.fsdecode(name) if isinstance(name, str | bytes) else str(name)
