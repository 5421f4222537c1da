"""A probe's process: started with a lifeline, ended by whoever started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

NOT_PASSED_ON = ("PYTHON", "PYTEST_", "VIRTUAL_ENV", "UV_", "PIP_", "NOX_", "COVERAGE_")
"""Prefixes of environment variables that would change what is measured."""

POLL = 0.02
"""Seconds between two looks at a process."""


class Interrupted(Exception):
    """The campaign was told to stop while the trial ran."""


def inherited(without: Collection[str] = ()) -> dict[str, str]:
    """The environment variables of a probe: no proxy (loads stay on loopback), none that steers
    Python, and none of those named.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(NOT_PASSED_ON)
        and not name.lower().endswith("_proxy")
        and name not in without
    }


def orphaned() -> bool:
    """Whether the process that started this one, and is named in STARTED_BY, is gone."""
    starter = int(os.environ.get("STARTED_BY", "0"))
    return bool(starter) and os.getppid() != starter


class Process:
    """A running probe, in a session of its own so that a terminal's Ctrl-C does not reach it.

    Args:
        command: program and arguments.
        stderr: file that receives its standard error.
        variables: environment variables to add.
        stdout: file that receives its standard output; None for none.
        cwd: folder it runs in; None for ours.
        without: environment variables of ours that it does not get.
    """

    # Seven parameters, as what starts a process has.
    def __init__(
        self,
        command: Sequence[str],
        stderr: Path,
        variables: Mapping[str, str],
        stdout: Path | None = None,
        cwd: Path | None = None,
        without: Collection[str] = (),
    ) -> None:
        with stderr.open("wb") as errors, (stdout or Path(os.devnull)).open("wb") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=errors,
                env={**inherited(without), **variables},
                start_new_session=True,
                cwd=cwd,
            )

    @property
    def _lifeline(self) -> IO[bytes]:
        """The pipe over which it is asked to stop, and at whose end it stops by itself."""
        if self._process.stdin is None:
            raise OSError("the process has no lifeline")
        return self._process.stdin

    @property
    def identifier(self) -> int:
        """Of the process, as the system has it."""
        return self._process.pid

    def status(self) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    def wait_until(
        self, done: Callable[[], bool], seconds: float, stop: Callable[[], bool]
    ) -> bool:
        """Wait for something to come true.

        Args:
            done: what is waited for.
            seconds: how long at most.
            stop: whether the campaign was told to stop.

        Returns:
            Whether it came true in time.

        Raises:
            Interrupted: the campaign was told to stop.
        """
        until = time.monotonic() + seconds
        while not done():
            if stop():
                raise Interrupted
            if time.monotonic() > until:
                return False
            time.sleep(POLL)
        return True

    def ask_to_stop(self, seconds: float) -> None:
        """Ask over the lifeline for an orderly end, and wait for it."""
        with contextlib.suppress(OSError):
            self._lifeline.write(b"stop\n")
            self._lifeline.flush()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def end(self) -> None:
        """End it and everything it started, now."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        with contextlib.suppress(OSError):
            self._lifeline.close()


@contextlib.contextmanager
def started(
    command: Sequence[str],
    stderr: Path,
    variables: Mapping[str, str] | None = None,
    stdout: Path | None = None,
    cwd: Path | None = None,
    without: Collection[str] = (),
) -> Iterator[Process]:
    """A process that is done when the block is."""
    process = Process(command, stderr, variables or {}, stdout, cwd, without)
    try:
        yield process
    finally:
        process.end()
