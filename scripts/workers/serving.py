"""A scheduler and a worker as processes of their own, until they are told to end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scripts.domain.problems import MeasurementProblem
from scripts.environments.workspace import ENVIRONMENTS, workspace
from scripts.trials.certificate import Papers
from scripts.trials.host import host_name
from scripts.trials.loopback import LOOPBACK
from scripts.trials.process import orphaned
from scripts.workers import engine
from scripts.workers.address import Scheduler

if TYPE_CHECKING:
    from distributed.core import Server

LOOK = 0.5
"""Seconds between two looks at whether it is to go on."""


def serve_scheduler(
    at: Scheduler,
    credentials: Papers | None,
    dashboard: int,
    tell: Callable[[str], None],
) -> None:
    """Run a scheduler, until this process is interrupted or what started it is gone.

    Args:
        at: where it listens.
        credentials: of its connections, where they are encrypted.
        dashboard: port of Dask's dashboard, on loopback; 0 for none.
        tell: is told as soon as it listens.

    Raises:
        MeasurementProblem: it cannot listen there.
    """
    from distributed import Scheduler as DaskScheduler

    def made() -> Server:
        return DaskScheduler(
            host=at.host,
            port=at.port,
            protocol="tls" if at.encrypted else "tcp",
            dashboard=bool(dashboard),
            # Without a dashboard Dask still tells there how it is.
            dashboard_address=f"{LOOPBACK}:{dashboard}",
            security=engine.security(credentials) if at.encrypted else None,
        )

    try:
        asyncio.run(_served(made, lambda server: tell(server.address)))
    except (OSError, RuntimeError) as error:  # Dask says that it failed to start
        raise MeasurementProblem(
            f"nothing can listen at {at.address}: {_reason(error)}."
        ) from error


def serve_worker(at: Scheduler, credentials: Papers | None, tell: Callable[[], None]) -> None:
    """Run a worker, until this process is interrupted, what started it or the scheduler is gone.

    Args:
        at: its scheduler.
        credentials: of its connections, where they are encrypted.
        tell: is told as soon as it serves.

    Raises:
        MeasurementProblem: the scheduler is not there, or does not take it.
    """
    from distributed import Worker

    engine.require_scheduler(at, credentials)
    with workspace(ENVIRONMENTS) as folder:
        options: dict[str, Any] = {
            "nthreads": 1,  # one trial at a time
            "memory_limit": 0,  # what trials take is not Dask's to limit
            "name": f"{host_name()}-{os.getpid()}",
            "local_directory": str(folder),
            "dashboard": False,
            "dashboard_address": f"{LOOPBACK}:0",
            "host": at.host if not at.encrypted else None,
            "death_timeout": engine.CONNECTING,
            "security": engine.security(credentials) if at.encrypted else None,
        }
        try:
            asyncio.run(_served(lambda: Worker(at.address, **options), lambda _: tell()))
        except (OSError, RuntimeError) as error:
            raise MeasurementProblem(
                f"no worker of {at.address} could be started: {_reason(error)}."
            ) from error


async def _served(make: Callable[[], Server], tell: Callable[[Server], None]) -> None:
    """A server of Dask's, from when it serves until it is done."""
    async with make() as server:
        tell(server)
        finished = asyncio.ensure_future(server.finished())
        while not finished.done() and not orphaned():
            await asyncio.wait([finished], timeout=LOOK)


def _reason(error: BaseException) -> str:
    """What something failed of at first."""
    while (cause := error.__cause__) is not None:
        error = cause
    words = error.strerror if isinstance(error, OSError) else str(error)
    return words or type(error).__name__
