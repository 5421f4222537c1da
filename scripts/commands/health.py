"""Whether what a machine has suffices to measure: judgements of numbers that others read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from scripts.domain.trial import LOADS
from scripts.domain.words import listed
from scripts.environments.index_setting import IndexSetting
from scripts.report.document import Document
from scripts.trials.host import SPARE_FILES

State = Literal["ok", "warning", "error", "unavailable"]

MOST_AT_A_TIME = max(load.concurrency or 0 for load in LOADS.values())
"""Connections that the largest of the named loads holds open."""

MOST_OPENED = max(load.requests or 0 for load in LOADS.values())
"""Connections that a client opens at worst in one trial: one for each request."""

ASKED_BACKLOG = 2048
"""The listen queue that uvicorn asks for."""

SMALL, SCARCE = 2_000_000_000, 200_000_000
"""Bytes: the environments of a full matrix, and what a few of them need."""


class Condition(msgspec.Struct, frozen=True):
    """What the machine has of one thing that measuring needs.

    Attributes:
        name: of that thing.
        state: "unavailable" where it could not be looked at.
        stock: what there is of it.
        mend: the command or the step that mends it; empty where nothing needs to be mended.
    """

    name: str
    state: State
    stock: str = msgspec.field(name="found")
    mend: str = ""


class Machine(Document, frozen=True, kw_only=True, tag="doctor"):
    """What this machine can and cannot measure.

    Attributes:
        conditions: of each thing that measuring needs.
    """

    version: Literal[1]
    conditions: list[Condition]


def pythons(name: str, installed: Sequence[str], series: Sequence[str]) -> Condition:
    """The interpreters here that can run trials.

    Args:
        name: of what is looked at.
        installed: their full versions.
        series: those, such as "3.12", of which the document's environment needs one.
    """
    present = {version.rpartition(".")[0] for version in installed}
    listed = ", ".join(installed) or "none"
    stock = f"{listed} (needed: one of {', '.join(series)}, for the document's environment)"
    if present.isdisjoint(series):
        return Condition(name, "warning", stock, f"uv python install {series[0]}")
    return Condition(name, "ok", stock)


def balancers(name: str, missing: Sequence[str]) -> Condition:
    """The load balancers that replicas are measured behind.

    Args:
        name: of what is looked at.
        missing: Debian's packages of those that are not installed.
    """
    if not missing:
        return Condition(name, "ok", "nginx and HAProxy")
    stock = f"{listed(missing)} missing (needed: for `survey -- balanced` alone)"
    return Condition(name, "warning", stock, f"apt-get install {' '.join(missing)}")


def several_hosts(name: str, version: str | None) -> Condition:
    """What runs trials on several hosts.

    Args:
        name: of what is looked at.
        version: of Dask's scheduler; None where it is not installed.
    """
    if version is not None:
        return Condition(name, "ok", f"distributed {version}")
    stock = "Dask missing (needed: for `--workers` alone)"
    return Condition(name, "warning", stock, "python -m pip install -r requirements-workers.txt")


def open_files(name: str, soft: int | None, hard: int | None) -> Condition:
    """The limits of open files, None for none."""
    need = MOST_AT_A_TIME + SPARE_FILES
    stock = f"{'no limit' if soft is None else soft} (needed: {need})"
    if soft is None or soft >= need:
        return Condition(name, "ok", stock)
    possible = hard is None or hard >= need
    return Condition(
        name, "error", stock, f"ulimit -n {need}" if possible else "raise the hard limit"
    )


def backlog(name: str, longest: int) -> Condition:
    """The longest listen queue that the system allows."""
    stock = f"{longest} (uvicorn asks for {ASKED_BACKLOG})"
    mend = f"sudo sysctl net.core.somaxconn={ASKED_BACKLOG}"
    if longest < MOST_AT_A_TIME:
        return Condition(name, "error", stock, mend)
    if longest < ASKED_BACKLOG:
        return Condition(name, "warning", stock, mend)
    return Condition(name, "ok", stock)


def ports(name: str, first: int, last: int) -> Condition:
    """The ports that connections may leave from: each is taken for a minute after its use."""
    count = last - first + 1
    stock = f"{count} ({first} to {last})"
    if count < 10 * MOST_OPENED:
        mend = "sudo sysctl net.ipv4.ip_local_port_range='32768 60999'"
        return Condition(name, "warning", stock, mend)
    return Condition(name, "ok", stock)


def cores(name: str, count: int) -> Condition:
    """The processors that this process may use."""
    if count < 2:
        mend = "use a machine with two: client and server share this one, so times mislead"
        return Condition(name, "warning", str(count), mend)
    return Condition(name, "ok", str(count))


def load(name: str, average: float, count: int) -> Condition:
    """The load average of the last minute, beside the number of processors."""
    stock = f"{average:.1f} on {count} cores"
    if average > count / 2:
        return Condition(name, "warning", stock, "end what else runs (see `top`), or measure later")
    return Condition(name, "ok", stock)


def disk_space(name: str, free: int, writable: bool) -> Condition:
    """A folder's disk: bytes free, and whether it can be written to."""
    stock = f"{free / 1e9:.1f} GB free"
    if not writable:
        return Condition(
            name, "error", f"{stock}, not writable", "give yourself the right to write"
        )
    if free < SCARCE:
        return Condition(name, "error", stock, "make room: .environments may be deleted")
    if free < SMALL:
        return Condition(name, "warning", stock, "make room: .environments may be deleted")
    return Condition(name, "ok", stock)


def memory(name: str, free: int) -> Condition:
    """Bytes of memory that are free to use."""
    stock = f"{free / 1e9:.1f} GB free"
    if free < 1_000_000_000:
        return Condition(name, "warning", stock, "end what else runs: swapping looks like a stall")
    return Condition(name, "ok", stock)


def newest_of(
    name: str, index: IndexSetting, package: str, version: str, seconds: float
) -> Condition:
    """The package index: which it is, what it says, and how long it took to."""
    by = f", named by {index.source}," if index.source else ""
    words = f"{index.name}{by} answers in {seconds:.1f} s ({package} {version} is the newest)"
    if not index.left_out:
        return Condition(name, "ok", words)
    others = f"; further places are left out, which {listed(index.left_out)} name"
    return Condition(name, "warning", words + others, "name one index that has it all")
