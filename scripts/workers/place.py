"""The workers that a call names, as the place where its trials run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.domain.files import PROJECT
from scripts.domain.problems import MeasurementProblem
from scripts.trials.loopback import LOOPBACK, free_port, local_port
from scripts.workers.address import LocalWorkers, Scheduler, Workers
from scripts.workers.certificates import Credentials
from scripts.workers.cluster import Cluster
from scripts.workers.engine import connected, require_dask

STARTING = 60.0
"""Seconds that workers on this machine may take to start, on a busy one."""

JOINING = 10.0
"""Seconds that are waited for the first worker of a scheduler that runs already."""

ENDING = 10.0
"""Seconds that a worker or a scheduler of ours may take to end by itself."""


@contextlib.contextmanager
def cluster(
    asked: Workers, credentials: Credentials | None, clone: str, tell: Callable[[str], None]
) -> Iterator[Cluster]:
    """The workers that a call names, for as long as this lasts.

    Args:
        asked: which.
        credentials: of connections that are encrypted; None for what Dask's configuration names.
        clone: folder of the clone whose commits are run; empty for none.
        tell: is told of each worker that is not used, and of those that are lost.

    Raises:
        MeasurementProblem: there is no Dask, no scheduler, or no worker that fits.
        UsageProblem: the credentials cannot be used.
    """
    require_dask()
    local = isinstance(asked, LocalWorkers)
    with contextlib.ExitStack() as held:
        at = held.enter_context(_started(asked.count)) if isinstance(asked, LocalWorkers) else asked
        client = held.enter_context(connected(at, credentials))
        place = held.enter_context(Cluster(client, clone, local, tell))
        _wait_for(place, asked, at)
        yield place


def _wait_for(place: Cluster, asked: Workers, at: Scheduler) -> None:
    """Wait for all workers that were started, or for one that runs already.

    Raises:
        MeasurementProblem: none fits.
    """
    local = isinstance(asked, LocalWorkers)
    wanted = asked.count if isinstance(asked, LocalWorkers) else 1
    until = time.monotonic() + (STARTING if local else JOINING)
    while place.hosts < wanted and time.monotonic() < until:
        if place.refused and not place.hosts:
            break
        time.sleep(0.1)
    if place.hosts:
        return
    if place.refused:
        address, why = next(iter(place.refused.items()))
        raise MeasurementProblem(f"no worker of {at.address} can be used: {address} {why}.")
    raise MeasurementProblem(
        f"the scheduler at {at.address} has no workers: start one on each host with "
        f"`nox -s worker -- {at.address}`."
    )


@contextlib.contextmanager
def _started(count: int) -> Iterator[Scheduler]:
    """A scheduler and its workers on this machine, which end when the block does.

    Raises:
        MeasurementProblem: they do not start.
    """
    at = Scheduler(LOOPBACK, free_port(), encrypted=False)
    with tempfile.TemporaryDirectory(prefix="workers-") as folder, contextlib.ExitStack() as held:
        errors = Path(folder, "stderr")
        first = held.enter_context(_process(errors, "scheduler", at.address, "--dashboard", "0"))
        until = time.monotonic() + STARTING
        while local_port(at.host, at.port) is None:
            if first.poll() is not None or time.monotonic() > until:
                raise MeasurementProblem(f"no scheduler could be started: {_last(errors)}")
            time.sleep(0.05)
        for _ in range(count):
            held.enter_context(_process(errors, "worker", at.address))
        yield at


@contextlib.contextmanager
def _process(errors: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A verb of this tool as a process of its own, over when the block is; it ends by itself where
    this one is killed. A terminal's Ctrl-C does not reach it: it ends when we have what it did.
    """
    with errors.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts", *arguments],
            cwd=PROJECT,
            env=os.environ | {"STARTED_BY": str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(ENDING)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _last(errors: Path) -> str:
    """The last line that a process wrote to its standard error."""
    lines = errors.read_text("utf-8", "replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "no reason given")
