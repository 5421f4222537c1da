"""Whether somebody else had a hand in a trial: ended or stopped a process, or the machine slept.

A signal that asks a process to end, or that none can refuse, comes from outside of it, or from its
own code: nothing tells them apart afterwards, so that such a trial tells nothing about a library.
Of SIGKILL the kernel is known as the sender where its own count of such kills has risen.
"""

from __future__ import annotations

import contextlib
import signal
import time
from pathlib import Path

import psutil

from scripts.domain.words import status_words

ENDING = frozenset(
    number
    for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT")
    if (number := getattr(signal, name, None)) is not None
)
"""Signals by which others end a process."""

EVERY = 0.1
"""Seconds between two looks at whether a process is stopped."""

ASLEEP = 1.0
"""Seconds from which on the machine slept: less may be the clocks' own difference."""

COUNTS = Path("/proc/vmstat")
"""Where Linux counts what it killed because memory ran out."""


class Disturbance:
    """What happened to a trial from outside, from the moment this is made."""

    def __init__(self) -> None:
        self._asleep = _asleep()
        self._killed = _killed_for_memory()
        self._stopped: set[str] = set()
        self._looked = 0.0

    def look(self, processes: dict[str, int]) -> None:
        """Note which of the processes are stopped; now and then, as it takes time.

        Args:
            processes: name -> process identifier.
        """
        now = time.monotonic()
        if now - self._looked < EVERY:
            return
        self._looked = now
        for name, process in processes.items():
            with contextlib.suppress(psutil.Error):
                if psutil.Process(process).status() == psutil.STATUS_STOPPED:
                    self._stopped.add(name)

    def words(self, statuses: dict[str, int | None]) -> str:
        """What happened, in words; empty where nothing did.

        Args:
            statuses: name -> exit status of a process, None while it runs.
        """
        said = [f"the {name} was stopped for a while" for name in sorted(self._stopped)]
        said += [
            f"the {name} was ended by {status_words(status)}, and nothing tells who sent that"
            for name, status in statuses.items()
            if status is not None and self._ended(status)
        ]
        if _asleep() - self._asleep > ASLEEP:
            said.append("the machine slept")
        return "; ".join(said)

    def _ended(self, status: int) -> bool:
        """Whether an exit status is of a process that others ended; the kernel is no other, which
        ends the one that takes too much memory.
        """
        if status == -signal.SIGKILL and self.ran_out_of_memory:
            return False
        return -status in ENDING

    @property
    def ran_out_of_memory(self) -> bool:
        """Whether the kernel killed a process because memory ran out, as far as it tells."""
        killed = _killed_for_memory()
        return killed is not None and self._killed is not None and killed > self._killed


def _asleep() -> float:
    """Seconds that the machine has slept since it started, as far as the system tells."""
    since_start = getattr(time, "CLOCK_BOOTTIME", None)
    if since_start is None:
        return 0.0
    return time.clock_gettime(since_start) - time.clock_gettime(time.CLOCK_MONOTONIC)


def _killed_for_memory() -> int | None:
    """How many processes the kernel has killed because memory ran out; None where unknown."""
    try:
        lines = COUNTS.read_text().splitlines()
    except OSError:
        return None
    counts = [line.split()[1] for line in lines if line.startswith("oom_kill ")]
    return int(counts[0]) if counts else None
