"""Trials made smaller for git: with the connections that what is said of them rests on."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import structs

from scripts.analysis.causes import causes
from scripts.analysis.connections import cases
from scripts.analysis.idleness import idlest
from scripts.domain.trial import Connection, Trial


def with_told_connections(trial: Trial) -> Trial:
    """A trial with the connections that tell what its map needs: at the client those on which a
    request failed, and the one that had been idle for the longest when it was written on; of the
    server's others the outlines. Whole, where that does not leave its causes.
    """
    longest = idlest(trial)
    told = _failed_ports(trial) | (set() if longest is None else {longest[0].port})
    client = [connection for connection in trial.client.connections if connection.port in told]
    return _as_telling(trial, with_connections(trial, client, _outlines(trial, told)))


def with_outlines(trial: Trial) -> Trial:
    """A trial of whose connections on which nothing failed only the outlines are left, at both
    ends: when they were open, and their last request. Whole, where that does not leave its causes.
    """
    told = _failed_ports(trial)
    client = [
        one if one.port in told else structs.replace(one, turns=one.turns[-1:])
        for one in trial.client.connections
    ]
    return _as_telling(trial, with_connections(trial, client, _outlines(trial, told)))


def _failed_ports(trial: Trial) -> set[int]:
    """The client's ports of the connections on which a request failed."""
    return {case.client.port for case in cases(trial) if case.client is not None}


def _outlines(trial: Trial, whole: Collection[int]) -> list[Connection]:
    """A server's connections, of all but those at some ports without all but the last request."""
    return [
        one
        if one.port in whole
        else Connection(
            one.port,
            one.opened,
            arrivals=one.arrivals[-1:],
            timer=one.timer,
            closed=one.closed,
            eof=one.eof,
        )
        for one in trial.server.connections or ()
    ]


def _as_telling(trial: Trial, smaller: Trial) -> Trial:
    """The smaller of two trials, where it tells the same causes."""
    return smaller if causes(smaller) == causes(trial) else trial


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
