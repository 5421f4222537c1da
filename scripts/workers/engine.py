"""Dask, as far as this project tells it what to do; imported where it is needed alone."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

from scripts.domain.problems import MeasurementProblem, UsageProblem
from scripts.trials.certificate import Papers
from scripts.trials.loopback import local_port
from scripts.workers.address import Scheduler

if TYPE_CHECKING:
    from distributed import Client, Security

CONNECTING = 10
"""Seconds that a connection to a scheduler or a worker may take."""

CLOSING = 5
"""Seconds that a connection's orderly end may take."""

SETTINGS = {
    # A trial whose worker is lost says nothing, and it is this project that decides what follows.
    "distributed.scheduler.allowed-failures": 0,
    # A trial is meant for one host.
    "distributed.scheduler.work-stealing": False,
    # Nothing is asked twice behind our back.
    "distributed.comm.retry.count": 0,
    "distributed.comm.timeouts.connect": f"{CONNECTING}s",
    # A host that went silent counts as lost after so long.
    "distributed.comm.timeouts.tcp": "30s",
    "distributed.scheduler.worker-ttl": "60s",
    # Dask looks at its threads a hundred times a second, beside what is measured.
    "distributed.worker.profile.enabled": False,
    # Nothing of a graphics card is asked.
    "distributed.diagnostics.nvml": False,
    # What goes wrong is said by us, once and in words.
    "logging": dict.fromkeys(("distributed", "distributed.client", "bokeh", "tornado"), "critical"),
}
"""Settings of Dask that are made on purpose. Beside these, each trial is submitted with `pure`
false, so that two equal trials are two, and `retries` 0, so that none is repeated."""


def require_dask() -> None:
    """Make sure that Dask is installed, and tell it what it is to do.

    Raises:
        MeasurementProblem: it is not; says the command that installs it.
    """
    if find_spec("distributed") is None:
        raise MeasurementProblem(
            "trials run on several workers by Dask, which is not installed: "
            "`python -m pip install -r requirements-workers.txt`."
        )
    import dask.config

    dask.config.set(SETTINGS)


def security(credentials: Papers | None) -> Security:
    """How Dask's connections are secured: by credentials, else as Dask's own configuration has it.

    Raises:
        UsageProblem: a file of them cannot be used.
    """
    from distributed import Security

    try:
        if credentials is None:
            made = Security(require_encryption=True)
        else:
            own = {"cert": str(credentials.certificate), "key": str(credentials.key)}
            made = Security(
                require_encryption=True,
                tls_ca_file=str(credentials.authority),
                **{
                    f"tls_{role}_{kind}": path
                    for role in ("client", "worker", "scheduler")
                    for kind, path in own.items()
                },
            )
        made.get_connection_args("client")
        made.get_listen_args("scheduler")
    except (OSError, ValueError, TypeError) as error:
        raise UsageProblem(
            f"the certificates cannot be used ({str(error) or type(error).__name__}): name the "
            "folder that `nox -s scheduler -- --certificates FOLDER` made."
        ) from error
    if credentials is None and getattr(made, "tls_ca_file", None) is None:
        raise UsageProblem(
            "a scheduler that speaks TLS takes certificates: --certificates FOLDER names those "
            "that `nox -s scheduler -- --certificates FOLDER` made."
        )
    return made


def is_about_tls(error: BaseException) -> bool:
    """Whether something failed because two ends do not take each other's certificates."""
    return any(isinstance(cause, ssl.SSLError) for cause in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception, and what it followed from."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def require_scheduler(at: Scheduler, credentials: Papers | None) -> None:
    """Make sure that a scheduler listens where it is said to, and takes these credentials.

    Raises:
        MeasurementProblem: it does not; says what is there.
    """
    with connected(at, credentials):
        pass


@contextlib.contextmanager
def connected(at: Scheduler, credentials: Papers | None) -> Iterator[Client]:
    """A client of a scheduler for as long as this lasts.

    Raises:
        MeasurementProblem: nothing listens there, or no scheduler, or it does not take these
            credentials.
        UsageProblem: the credentials cannot be used.
    """
    from distributed import Client

    secured = security(credentials) if at.encrypted else None
    if local_port(at.host, at.port) is None:
        raise MeasurementProblem(
            f"nothing listens at {at.address}: start a scheduler there with "
            f"`nox -s scheduler{_options(at)}`."
        )
    try:
        kind = asyncio.run(_kind(at, secured))
    except Exception as error:  # whatever Dask makes of what is none of its own
        if is_about_tls(error):
            raise MeasurementProblem(
                f"{at.address}: the scheduler there does not take these certificates: copy the "
                "folder that it was started with."
            ) from error
        kind = ""
    if kind != "Scheduler":
        speaking = "TLS" if at.encrypted else "plain tcp"
        raise MeasurementProblem(
            f"{at.address}: what listens there is no Dask scheduler that speaks {speaking}."
        )
    client = Client(at.address, security=secured, timeout=CONNECTING, set_as_default=False)
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):  # one that is gone is closed already
            client.close(timeout=CLOSING)


async def _kind(at: Scheduler, secured: Security | None) -> str:
    """What a server of Dask's says that it is.

    Raises:
        Exception: it is none of Dask's, or says nothing in time.
    """
    from distributed.core import rpc

    arguments = secured.get_connection_args("client") if secured is not None else {}
    async with (
        asyncio.timeout(2 * CONNECTING),
        rpc(at.address, connection_args=arguments) as server,
    ):
        told = await server.identity()
    return str(told.get("type"))


def _options(at: Scheduler) -> str:
    return " -- --certificates FOLDER" if at.encrypted else ""
