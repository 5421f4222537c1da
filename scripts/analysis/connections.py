"""One failed request, with the connection it was on as both ends saw it.

Both ends noted each connection under the client's port and on one clock; here the two notes
are joined. What follows from them is found in `causes.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripts.analysis.symptoms import symptom
from scripts.domain.libraries import Symptom
from scripts.domain.trial import Connection, Failure, Link, Trial

SAME = 0.5
"""Seconds by which the two ends may differ on when a connection began (a full accept queue)."""


AT_ONCE = 0.1
"""Seconds within which things that share a deadline happen."""


@dataclass(frozen=True)
class Case:
    """All that is known about one failed request; without a number, about a failed script."""

    number: int | None
    trial: Trial
    start: float
    end: float | None
    chain: Sequence[Link]
    symptom: Symptom
    client: Connection | None  # the connection it was last written on
    server: Connection | None  # the same one, as the server saw it
    turn: int  # how many requests that connection had carried before
    noted: bool  # whether the server noted all its connections

    @property
    def tried(self) -> float | None:
        """When it first tried to write on its connection."""
        return None if self.client is None else self.client.turns[self.turn][1]

    @property
    def written(self) -> float | None:
        """When its first byte was written; when it tried to, where none ever was."""
        if self.client is None:
            return None
        _, tried, wrote, _ = self.client.turns[self.turn]
        return tried if wrote is None else wrote

    @property
    def first_byte(self) -> float | None:
        """When the first byte of an answer came."""
        return None if self.client is None else self.client.turns[self.turn][3]

    @property
    def arrival(self) -> tuple[float, float | None] | None:
        """When it reached the server, and when the server last wrote an answer to it."""
        if self.server is None or self.client is None or self.written is None:
            return None
        later = self.client.turns[self.turn + 1 :]
        until = later[0][1] if later else float("inf")
        # One clock, and the try and the write are noted before they happen: what is written at a
        # moment arrives after it, and before what the client does next on that connection.
        for arrived, answered in self.server.arrivals:
            if self.written <= arrived < until:
                return arrived, answered
        return None


def cases(trial: Trial) -> list[Case]:
    """The failed requests of a trial with the connection each was last written on."""
    if trial.client.requests is None:
        return (
            [_whole_script(trial, trial.client.script_failure)]
            if trial.client.script_failure
            else []
        )
    places: dict[int, tuple[float, Connection, int]] = {}
    for connection in trial.client.connections:
        for turn, (request, tried, _, _) in enumerate(connection.turns):
            if request is not None and tried >= places.get(request, (float("-inf"),))[0]:
                places[request] = (tried, connection, turn)
    requests = trial.client.requests
    served = by_port(trial.server.connections or ())
    seen = not blind(trial, served)
    found = []
    for number, (start, end, failure) in enumerate(
        zip(requests.start, requests.end, requests.failure, strict=False)
    ):
        if failure is None and end is not None:
            continue
        chain = _failure(trial, failure).chain if failure is not None else ()
        _, client, turn = places.get(number, (0.0, None, 0))
        found.append(
            Case(
                number=number,
                trial=trial,
                start=start,
                end=end,
                chain=chain,
                symptom=symptom(chain),
                client=client,
                server=other_end(client, served.get(client.port, ())) if client and seen else None,
                noted=seen,
                turn=turn,
            )
        )
    return found


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


def by_port(connections: Sequence[Connection]) -> dict[int, list[Connection]]:
    """Connections by the client's port, each list in the order they came."""
    found: dict[int, list[Connection]] = {}
    for each in connections:
        found.setdefault(each.port, []).append(each)
    return found


def blind(trial: Trial, served: Mapping[int, Sequence[Connection]]) -> bool:
    """Whether the server's note is missing or lacks a connection that it answered on.

    Args:
        trial: any trial.
        served: its connections as the server saw them, by port.
    """
    if trial.server.connections is None:
        return True
    return any(
        any(first_byte is not None for *_, first_byte in each.turns)
        and other_end(each, served.get(each.port, ())) is None
        for each in trial.client.connections
    )


def _failure(trial: Trial, index: int) -> Failure:
    if 0 <= index < len(trial.client.failures):
        return trial.client.failures[index]
    return Failure((), "", 0)


def other_end(client: Connection, seen: Sequence[Connection]) -> Connection | None:
    """The server's entry of a client's connection: same port, begun at the same time, or as near
    to it as the busier of the two noticed.
    """
    same = [each for each in seen if each.port == client.port]
    near = [each for each in same if abs(each.opened - client.opened) <= SAME]
    if near:
        return min(near, key=lambda each: abs(each.opened - client.opened))
    # Accepted late: a server that was busy. Still this one, if no later connection used the port.
    later = [each for each in same if each.opened > client.opened]
    gone = client.lost if client.lost is not None else float("inf")
    if len(later) == 1 and later[0].opened <= gone:
        return later[0]
    # Noticed late: a client that was busy when its connection was made.
    earlier = [
        each
        for each in same
        if each.opened < client.opened
        and all(over is None or over > client.opened for over in (each.closed, each.lost))
    ]
    return earlier[0] if len(earlier) == 1 else None


def stall_in(case: Case, since: float, until: float | None) -> float:
    """Seconds in a span that the client's loop was late by over 100 ms."""
    if case.trial.client.lag is None:
        return 0.0
    end = float("inf") if until is None else until
    return sum(
        max(0.0, min(end, after) - max(since, before))
        for before, after in case.trial.client.lag.stalls
    )


def half(lost: float, since: float, until: float | None) -> bool:
    """Whether a stall makes up half of a span or more."""
    return until is not None and until > since and lost >= (until - since) / 2


def pool_full(case: Case) -> bool:
    """Whether the client held as many connections as it may when the request gave up."""
    limit = case.trial.load.concurrency
    if limit is None or case.end is None:
        return False
    held = sum(
        each.opened <= case.end and (each.lost is None or each.lost >= case.end - AT_ONCE)
        for each in case.trial.client.connections
    )
    return held >= limit
