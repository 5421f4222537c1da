"""How long connections lay idle before a client wrote on them again. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.analysis.connections import by_port, other_end
from scripts.domain.trial import Connection, Trial


def longest_idle(trial: Trial) -> float | None:
    """The longest that a connection had been idle when its client wrote the next request on it, in
    seconds from the last byte of the answer before; None where no connection was written on again,
    or that was not noted.
    """
    longest = idlest(trial)
    return None if longest is None else longest[1]


def idlest(trial: Trial) -> tuple[Connection, float] | None:
    """The client's end of the connection that had been idle for the longest when it was written on
    again, with the seconds; None as for `longest_idle`.
    """
    served = by_port(trial.server.connections or ())
    spans = (
        (client, span)
        for client in trial.client.connections
        if (server := other_end(client, served.get(client.port, ()))) is not None
        for span in idle_spans(client, server)
    )
    return max(spans, key=lambda found: found[1], default=None)


def idle_spans(client: Connection, server: Connection) -> Iterator[float]:
    """Seconds from each answer on a connection to the next request's write.

    Args:
        client, server: the two ends of one connection.
    """
    for place, turn in enumerate(client.turns[1:]):
        if turn.wrote is None or place >= len(server.arrivals):
            continue
        answered = server.arrivals[place][1]
        if answered is not None and turn.wrote > answered:
            yield turn.wrote - answered
