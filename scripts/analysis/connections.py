"""One failed request, with the connection it was on as both ends saw it.

Both ends noted each connection under the client's port and on one clock; here the two notes
are joined. What follows from them is found in `causes.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scripts.analysis.symptoms import symptom
from scripts.domain.libraries import Symptom
from scripts.domain.trial import Connection, Failure, Link, Trial, Turn

SAME_BEGINNING = 0.5
"""Seconds by which the two ends may differ on when a connection began (a full accept queue)."""

AT_ONCE = 0.1
"""Seconds within which things that share a deadline happen."""


@dataclass(frozen=True)
class Case:
    """All that is known about one failed request.

    Attributes:
        number: of the request; None for a script that failed as a whole.
        trial: the trial it failed in.
        start, end: seconds; end is None for one that was still under way.
        chain: the exceptions, the one raised first; empty where there was none.
        symptom: what they say happened.
        client: the connection it was last written on.
        server: the same connection, as the server saw it.
        turn: how many requests that connection had carried before.
        noted: whether the server noted all its connections.
    """

    number: int | None
    trial: Trial
    start: float
    end: float | None
    chain: Sequence[Link]
    symptom: Symptom
    client: Connection | None
    server: Connection | None
    turn: int
    noted: bool

    @property
    def own(self) -> Turn | None:
        """Its turn on its connection; None where it has none."""
        return None if self.client is None else self.client.turns[self.turn]

    @property
    def tried(self) -> float | None:
        """When it first tried to write on its connection."""
        return None if self.own is None else self.own.tried

    @property
    def written(self) -> float | None:
        """When its first byte was written; when it tried to, where none ever was."""
        if self.own is None:
            return None
        return self.own.tried if self.own.wrote is None else self.own.wrote

    @property
    def first_byte(self) -> float | None:
        """When the first byte of an answer came."""
        return None if self.own is None else self.own.first_byte

    @property
    def arrival(self) -> tuple[float, float | None] | None:
        """When it reached the server, and when the server last wrote an answer to it."""
        if self.server is None or self.client is None or self.written is None:
            return None
        later = self.client.turns[self.turn + 1 :]
        until = later[0].tried if later else math.inf
        # One clock, and the try and the write are noted before they happen: what is written at a
        # moment arrives after it, and before what the client does next on that connection.
        for arrived, answered in self.server.arrivals:
            if self.written <= arrived < until:
                return arrived, answered
        return None


def cases(trial: Trial) -> list[Case]:
    """The failed requests of a trial with the connection each was last written on."""
    requests = trial.client.requests
    if requests is None:
        failure = trial.client.script_failure
        return [_whole_script(trial, failure)] if failure else []
    turns = _last_turns(trial)
    served = by_port(trial.server.connections or ())
    noted = not blind(trial, served)
    failed = []
    for number, (start, end, failure_index) in enumerate(
        zip(requests.start, requests.end, requests.failure, strict=True)
    ):
        if failure_index is None and end is not None:
            continue
        chain = () if failure_index is None else _chain(trial, failure_index)
        client, turn = turns.get(number, (None, 0))
        failed.append(
            Case(
                number=number,
                trial=trial,
                start=start,
                end=end,
                chain=chain,
                symptom=symptom(chain),
                client=client,
                server=other_end(client, served.get(client.port, ())) if client and noted else None,
                turn=turn,
                noted=noted,
            )
        )
    return failed


def _last_turns(trial: Trial) -> dict[int, tuple[Connection, int]]:
    """Where each request was last tried: the connection, and its turn there."""
    tries = [
        (turn.tried, turn.request, connection, place)
        for connection in trial.client.connections
        for place, turn in enumerate(connection.turns)
        if turn.request is not None
    ]
    tries.sort(key=lambda entry: entry[0])
    return {request: (connection, turn) for _, request, connection, turn in tries}


def _whole_script(trial: Trial, failure: Failure) -> Case:
    """The case of a script that is not recorded per request and ended in an exception."""
    return Case(
        number=None,
        trial=trial,
        start=0.0,
        end=trial.client.wall,
        chain=failure.chain,
        symptom=symptom(failure.chain),
        client=None,
        server=None,
        turn=0,
        noted=not blind(trial, by_port(trial.server.connections or ())),
    )


def _chain(trial: Trial, index: int) -> Sequence[Link]:
    """The exceptions of one of a trial's failures; none where there is no such failure."""
    return trial.client.failures[index].chain if 0 <= index < len(trial.client.failures) else ()


def by_port(connections: Iterable[Connection]) -> dict[int, list[Connection]]:
    """Connections by the client's port, each list in the order they came."""
    ports: dict[int, list[Connection]] = {}
    for connection in connections:
        ports.setdefault(connection.port, []).append(connection)
    return ports


def blind(trial: Trial, served: Mapping[int, Sequence[Connection]]) -> bool:
    """Whether the server's note is missing or lacks a connection that it answered on.

    Args:
        trial: any trial.
        served: its connections as the server saw them, by port.
    """
    if trial.server.connections is None:
        return True
    return any(
        any(turn.first_byte is not None for turn in connection.turns)
        and other_end(connection, served.get(connection.port, ())) is None
        for connection in trial.client.connections
    )


def other_end(client: Connection, accepted: Iterable[Connection]) -> Connection | None:
    """The server's entry of a client's connection: same port, begun at the same time, or as near
    to it as the busier of the two noticed.
    """
    same = [server for server in accepted if server.port == client.port]
    near = [server for server in same if abs(server.opened - client.opened) <= SAME_BEGINNING]
    if near:
        return min(near, key=lambda server: abs(server.opened - client.opened))
    # Accepted late: a server that was busy. Still this one, if no later connection used the port.
    later = [server for server in same if server.opened > client.opened]
    lost = client.lost if client.lost is not None else math.inf
    if len(later) == 1 and later[0].opened <= lost:
        return later[0]
    # Noticed late: a client that was busy when its connection was made.
    earlier = [
        server
        for server in same
        if server.opened < client.opened
        and all(over is None or over > client.opened for over in (server.closed, server.lost))
    ]
    return earlier[0] if len(earlier) == 1 else None


def stall_in(case: Case, since: float, until: float | None) -> float:
    """Seconds in a span that the client's loop was late by over 100 ms.

    Args:
        case: the failed request of that client.
        since, until: the span; None for one without end.
    """
    lag = case.trial.client.lag
    if lag is None:
        return 0.0
    end = math.inf if until is None else until
    return sum(max(0.0, min(end, over) - max(since, begun)) for begun, over in lag.stalls)


def is_half(stalled: float, since: float, until: float | None) -> bool:
    """Whether a stall makes up half of a span or more."""
    return until is not None and until > since and stalled >= (until - since) / 2


def pool_full(case: Case) -> bool:
    """Whether the client held as many connections as it may when the request gave up."""
    limit, end = case.trial.load.concurrency, case.end
    if limit is None or end is None:
        return False
    held = sum(
        connection.opened <= end and (connection.lost is None or connection.lost >= end - AT_ONCE)
        for connection in case.trial.client.connections
    )
    return held >= limit
