"""Trial files of every layout that is still read."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from scripts.domain.trial import (
    Client,
    Connection,
    Environment,
    Failure,
    Host,
    ImportedLibrary,
    Lag,
    Load,
    Outcome,
    Place,
    Requests,
    Server,
    Target,
    Trial,
)

OF_THE_SERVER = ("server-died", "server-not-ready")
"""Outcomes with which the first layout kept the server's last words, not the client's."""


class FlatTrial(msgspec.Struct, kw_only=True):
    """A trial in the first layout: fields of client and server side by side.

    The fields are those of `Trial`, `Place`, `Client` and `Server`; `connections` are the server's.
    """

    schema: int
    campaign: str
    order: int
    round: int
    lanes: int
    building: int = 0
    started: str
    target: Target
    load: Load
    host: Host
    environment: Environment | None = None
    server_environment: Environment | None = None
    libraries: dict[str, ImportedLibrary] = {}
    outcome: Outcome
    detail: str = ""
    exit_status: int | None = None
    replaced: dict[str, float | int | str] = {}
    requests: Requests | None = None
    failures: list[Failure] = []
    script_failure: Failure | None = None
    wall: float | None = None
    cpu_user: float | None = None
    cpu_system: float | None = None
    peak_memory: int | None = None
    lag: Lag | None = None
    connections: list[Connection] | None = None
    client_connections: list[Connection] = []
    server_cpu: float | None = None
    stack: str | None = None
    stderr: str = ""

    def nested(self) -> Trial:
        """The same trial in today's layout."""
        of_server = self.outcome in OF_THE_SERVER
        return Trial(
            place=Place(self.campaign, self.order, self.round, self.lanes, self.building),
            started=self.started,
            target=self.target,
            load=self.load,
            host=self.host,
            outcome=self.outcome,
            detail=self.detail,
            replaced=self.replaced,
            client=Client(
                environment=self.environment,
                libraries=self.libraries,
                exit_status=self.exit_status,
                requests=self.requests,
                failures=self.failures,
                script_failure=self.script_failure,
                wall=self.wall,
                cpu_user=self.cpu_user,
                cpu_system=self.cpu_system,
                peak_memory=self.peak_memory,
                lag=self.lag,
                connections=self.client_connections,
                stack=self.stack,
                stderr="" if of_server else self.stderr,
            ),
            server=Server(
                environment=self.server_environment,
                connections=self.connections,
                cpu=self.server_cpu,
                stderr=self.stderr if of_server else "",
            ),
        )


def _flat(data: bytes) -> Trial:
    return msgspec.json.decode(data, type=FlatTrial).nested()


def _nested(data: bytes) -> Trial:
    return msgspec.json.decode(data, type=Trial)


LAYOUTS: dict[object, Callable[[bytes], Trial]] = {1: _flat, 2: _nested}
"""How a file is read, by the version of its layout."""
