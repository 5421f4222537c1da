"""Trials made smaller for git: with the connections that what is said of them rests on."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from scripts.analysis.connections import cases
from scripts.analysis.idleness import idlest
from scripts.domain.trial import Connection, Trial


def with_told_connections(trial: Trial) -> Trial:
    """A trial with the connections that tell what its map needs."""
    longest = idlest(trial)
    told = {case.client.port for case in cases(trial) if case.client is not None}
    told |= set() if longest is None else {longest[0].port}
    client = [connection for connection in trial.client.connections if connection.port in told]
    server = [
        connection if connection.port in told else _outline(connection)
        for connection in trial.server.connections or ()
    ]
    return with_connections(trial, client, server)


def _outline(server: Connection) -> Connection:
    """A server's connection without all but its last request."""
    return Connection(
        server.port,
        server.opened,
        arrivals=server.arrivals[-1:],
        closed=server.closed,
        eof=server.eof,
    )


def with_failed_connections(trial: Trial) -> Trial:
    """A trial without the connections on which nothing failed, where that leaves its causes."""
    failed = [case.client for case in cases(trial)]
    if None in failed:
        return trial
    ports = {connection.port for connection in failed if connection is not None}

    def kept(connections: Sequence[Connection]) -> list[Connection]:
        return [connection for connection in connections if connection.port in ports]

    return with_connections(
        trial, kept(trial.client.connections), kept(trial.server.connections or ())
    )


def with_bare_connections(trial: Trial) -> Trial:
    """A trial in which a connection on which nothing failed tells only that it was opened, where
    that leaves the trial's causes.
    """
    failed = with_failed_connections(trial)
    if failed is trial:
        return trial
    told = {connection.opened for connection in failed.client.connections}
    bare = [
        connection if connection.opened in told else Connection(connection.port, connection.opened)
        for connection in trial.client.connections
    ]
    return with_connections(trial, bare, list(failed.server.connections or ()))


def without_connections(trial: Trial) -> Trial:
    """A trial without what either end noted of its connections."""
    return with_connections(trial, [], None)


def with_connections(
    trial: Trial, client: list[Connection], server: list[Connection] | None
) -> Trial:
    """A trial with other connections noted, as either end saw them."""
    return structs.replace(
        trial,
        client=structs.replace(trial.client, connections=client),
        server=structs.replace(trial.server, connections=server),
    )
