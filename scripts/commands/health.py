"""Whether what a machine has suffices to measure: judgements of numbers that others read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from scripts.domain.trial import LOADS
from scripts.trials.host import SPARE_FILES

State = Literal["ok", "warning", "error", "unavailable"]

MOST_AT_A_TIME = max(load.concurrency or 0 for load in LOADS.values())
"""Connections that the largest of the named loads holds open."""

MOST_OPENED = max(load.requests or 0 for load in LOADS.values())
"""Connections that a client opens at worst in one trial: one for each request."""

ASKED_BACKLOG = 2048
"""The listen queue that uvicorn asks for."""

LATE = 0.02
"""Seconds: a fifth of the lateness that a trial counts as the event loop standing still."""

SMALL, SCARCE = 2_000_000_000, 200_000_000
"""Bytes: the environments of a full matrix, and what a few of them need."""


class Finding(msgspec.Struct, frozen=True):
    """What one look at the machine found.

    Attributes:
        name: what was looked at.
        state: "unavailable" where the look itself failed.
        found: what there is.
        mend: the command or the step that mends it; empty where nothing needs to be mended.
    """

    name: str
    state: State
    found: str
    mend: str = ""


def pythons(name: str, found: Sequence[str], wanted: Sequence[str]) -> Finding:
    """The interpreters: versions found, and the series (such as "3.12") that can be measured."""
    missing = [one for one in wanted if not any(each.startswith(f"{one}.") for each in found)]
    listed = ", ".join(found) or "none"
    if len(missing) == len(wanted):
        return Finding(name, "error", listed, f"uv python install {wanted[0]}")
    if missing:
        return Finding(name, "warning", listed, f"uv python install {' '.join(missing)}")
    return Finding(name, "ok", listed)


def open_files(name: str, soft: int | None, hard: int | None) -> Finding:
    """The limits of open files, None for none."""
    need = MOST_AT_A_TIME + SPARE_FILES
    told = f"{'no limit' if soft is None else soft} (needed: {need})"
    if soft is None or soft >= need:
        return Finding(name, "ok", told)
    possible = hard is None or hard >= need
    return Finding(name, "error", told, f"ulimit -n {need}" if possible else "raise the hard limit")


def backlog(name: str, longest: int) -> Finding:
    """The longest listen queue that the system allows."""
    told = f"{longest} (uvicorn asks for {ASKED_BACKLOG})"
    mend = f"sudo sysctl net.core.somaxconn={ASKED_BACKLOG}"
    if longest < MOST_AT_A_TIME:
        return Finding(name, "error", told, mend)
    if longest < ASKED_BACKLOG:
        return Finding(name, "warning", told, mend)
    return Finding(name, "ok", told)


def ports(name: str, first: int, last: int) -> Finding:
    """The ports that connections may leave from: each is taken for a minute after its use."""
    count = last - first + 1
    told = f"{count} ({first} to {last})"
    if count < 10 * MOST_OPENED:
        mend = "sudo sysctl net.ipv4.ip_local_port_range='32768 60999'"
        return Finding(name, "warning", told, mend)
    return Finding(name, "ok", told)


def cores(name: str, count: int) -> Finding:
    """The processors that this process may use."""
    if count < 2:
        mend = "use a machine with two: client and server share this one, so times mislead"
        return Finding(name, "warning", str(count), mend)
    return Finding(name, "ok", str(count))


def load(name: str, average: float, count: int) -> Finding:
    """The load average of the last minute, beside the number of processors."""
    told = f"{average:.1f} on {count} cores"
    if average > count / 2:
        return Finding(name, "warning", told, "end what else runs (see `top`), or measure later")
    return Finding(name, "ok", told)


def clock(name: str, resolution: float, late: float) -> Finding:
    """The monotonic clock: seconds of its resolution, and by how many a short sleep is late."""
    told = f"{1e9 * resolution:.0f} ns steps; a sleep ends {1000 * late:.1f} ms late at worst"
    if resolution > 1e-4 or late > LATE:
        mend = "end what else runs (see `top`), or use a less busy machine"
        return Finding(name, "warning", told, mend)
    return Finding(name, "ok", told)


def space(name: str, free: int, writable: bool) -> Finding:
    """A folder's disk: bytes free, and whether it can be written to."""
    told = f"{free / 1e9:.1f} GB free"
    if not writable:
        return Finding(name, "error", f"{told}, not writable", "give yourself the right to write")
    if free < SCARCE:
        return Finding(name, "error", told, "make room: .environments may be deleted")
    if free < SMALL:
        return Finding(name, "warning", told, "make room: .environments may be deleted")
    return Finding(name, "ok", told)


def memory(name: str, free: int) -> Finding:
    """Bytes of memory that are free to use."""
    told = f"{free / 1e9:.1f} GB free"
    if free < 1_000_000_000:
        return Finding(name, "warning", told, "end what else runs: swapping looks like a stall")
    return Finding(name, "ok", told)


def newest_of(name: str, package: str, version: str, seconds: float) -> Finding:
    """The package index: what it says, and how long it took to."""
    return Finding(name, "ok", f"answers in {seconds:.1f} s ({package} {version} is the newest)")
