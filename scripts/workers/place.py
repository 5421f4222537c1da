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
from typing import NamedTuple

from scripts.domain.files import PROJECT
from scripts.domain.problems import MeasurementProblem
from scripts.trials.certificate import Papers
from scripts.trials.loopback import LOOPBACK, free_port, local_port
from scripts.workers import certificates
from scripts.workers.address import LocalWorkers, Scheduler, Workers
from scripts.workers.cluster import Cluster
from scripts.workers.engine import connected, require_dask
from scripts.workers.roster import Roster

STARTING = 60.0
"""Seconds that workers on this machine may take to start, on a busy one."""

JOINING = 10.0
"""Seconds that are waited for the first worker of a scheduler that runs already."""

ENDING = 10.0
"""Seconds that a worker or a scheduler of ours may take to end by itself."""


@contextlib.contextmanager
def cluster(
    asked: Workers, credentials: Papers | None, clone: str, tell: Callable[[str], None]
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
        ours: _Local | None = None
        if isinstance(asked, LocalWorkers):
            ours = held.enter_context(_started(asked.count))
            asked, credentials = ours.at, ours.credentials
        client = held.enter_context(connected(asked, credentials))
        roster = held.enter_context(Roster(client, local, tell))
        _wait_for(roster, asked, ours)
        yield Cluster(client, roster, clone, local)


class _Local(NamedTuple):
    """A scheduler and workers that were started on this machine.

    Attributes:
        at: where the scheduler listens.
        credentials: of their connections: others use this machine too.
        workers: processes.
        errors: file that receives what they say.
    """

    at: Scheduler
    credentials: Papers
    workers: list[subprocess.Popen[bytes]]
    errors: Path


def _wait_for(roster: Roster, at: Scheduler, ours: _Local | None) -> None:
    """Wait for all workers that were started, or for one that runs already.

    Raises:
        MeasurementProblem: none fits.
    """
    wanted = 1 if ours is None else len(ours.workers)
    until = time.monotonic() + (JOINING if ours is None else STARTING)
    while len(roster.fit) < wanted and time.monotonic() < until:
        if roster.refused and not roster.fit:
            break
        if ours is not None and any(worker.poll() is not None for worker in ours.workers):
            raise MeasurementProblem(f"a worker could not be started: {_last(ours.errors)}")
        time.sleep(0.1)
    if roster.fit:
        return
    if roster.refused:
        address, refusal = next(iter(roster.refused.items()))
        raise MeasurementProblem(f"no worker of {at.address} can be used: {address} {refusal.why}.")
    raise MeasurementProblem(
        f"the scheduler at {at.address} has no workers: start one on each host with "
        f"`nox -s worker -- {at.address}`."
    )


@contextlib.contextmanager
def _started(count: int) -> Iterator[_Local]:
    """A scheduler and its workers on this machine, which end when the block does.

    Raises:
        MeasurementProblem: they do not start.
    """
    at = Scheduler(LOOPBACK, free_port(), encrypted=True)
    with tempfile.TemporaryDirectory(prefix="workers-") as folder, contextlib.ExitStack() as held:
        errors, papers = Path(folder, "stderr"), Path(folder, "certificates")
        own = certificates.make(papers)
        names = (at.address, "--certificates", str(papers))
        first = held.enter_context(_process(errors, "scheduler", *names, "--dashboard", "0"))
        until = time.monotonic() + STARTING
        while local_port(at.host, at.port) is None:
            if first.poll() is not None or time.monotonic() > until:
                raise MeasurementProblem(f"no scheduler could be started: {_last(errors)}")
            time.sleep(0.05)
        workers = [held.enter_context(_process(errors, "worker", *names)) for _ in range(count)]
        yield _Local(at, own, workers, errors)


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
