"""Rules of causes: the connection ended under the request. Who closed it, and when?"""

from __future__ import annotations

from collections.abc import Iterator

from scripts.analysis.catalogue import (
    MID_RESPONSE,
    NO_RESPONSE,
    OWN_POOL,
    RESET_BEFORE,
    RESET_MID,
    STALE,
    Cause,
    ClosedForAnother,
    ClosedIdle,
    ClosedOnRequest,
    ClosedUnwritten,
    Reading,
    Rule,
    because,
)
from scripts.analysis.connections import Case, by_port, other_end, stall_in
from scripts.domain.libraries import LIBRARIES
from scripts.domain.trial import REPRO_SERVER, Connection, Trial, Turn

SAME_END = 0.5
"""Seconds after a request's end within which its server's close still belongs to it."""

SOON = 0.1
"""Seconds within which a server that closes may not have read what its socket holds."""


def own_pool(case: Case) -> Cause | None:
    """The client closed the connection itself, in the name of another request."""
    client = case.client
    if case.symptom != "gone" or client is None or client.closed is None or case.end is None:
        return None
    written = case.written or 0.0
    if client.closer is None or client.closer == case.number:
        return None
    if not written <= client.closed <= case.end or client.errno is not None:
        return None
    reached = None if case.server is None else case.server.delivered or case.server.closed
    if any(moment is not None and moment <= client.closed for moment in (client.eof, reached)):
        return None  # the server was first, and the client only followed
    return because(case, OWN_POOL, ClosedForAnother(client.closed, client.closer, written))


def closed_by_server(case: Case) -> Cause | None:
    """The server closed: before, while or after it dealt with this request."""
    server, written = case.server, case.written
    if case.symptom != "gone" or server is None or server.closed is None or written is None:
        return None
    if case.end is not None and server.closed > case.end + SAME_END:
        return None
    if not server.closed_first:
        return None  # the client was first, and the server only followed
    if case.turn > 0 and (case.arrival is None or server.closed <= case.arrival[0]):
        return _closed_idle(case, server, server.closed, written)
    if perhaps_unread(case) is not None:
        return None
    reset = server.how == "reset"
    if case.arrival is None:
        return because(case, RESET_BEFORE if reset else NO_RESPONSE, ClosedOnRequest(None))
    arrived, answered = case.arrival
    if case.first_byte is None and answered is None:
        name = RESET_BEFORE if reset else NO_RESPONSE
    else:
        name = RESET_MID if reset else MID_RESPONSE
    return because(case, name, ClosedOnRequest(server.closed - arrived))


def perhaps_unread(case: Case) -> float | None:
    """Seconds from when a relay handed a request to its server until that closed, where it cannot
    be told whether the server read it; None where it can, or where there is no such thing.

    A server that closes an idle connection in that moment, and one that closes because of the
    request, look the same from outside.
    """
    if case.trial.server.noted_by != "relay" or case.turn == 0:
        return None
    if case.server is None or case.server.closed is None or case.arrival is None:
        return None
    arrived, answered = case.arrival
    after = case.server.closed - arrived
    return after if answered is None and 0 < after <= SOON else None


def _closed_idle(case: Case, server: Connection, closed: float, written: float) -> Cause:
    """The server closed an idle connection, and the client wrote on it."""
    answers = [answered for _, answered in server.arrivals if answered is not None]
    turn = case.own or Turn(case.number, written)
    chosen = turn.tried if turn.assigned is None else turn.assigned
    eof = case.client.eof if case.client is not None else None
    evidence = ClosedIdle(
        idle=closed - answers[-1] if answers else None,
        keep_alive_timer=_by_timer(case.trial, server),
        assigned_to_close=_until(closed, turn.assigned),
        tried_to_close=closed - turn.tried,
        close_to_write=written - closed,
        reached_to_write=written - _reached(case.trial, server, closed),
        looks="looks" in case.trial.client.noted,
        looked_to_close=_until(closed, turn.looked),
        readable=turn.readable,
        reading=_reading(case, turn, closed),
        tls=case.trial.load.tls,
        seen_when_tried=eof is not None and eof < turn.tried,
        stalled=stall_in(case, min(closed, chosen), written),
        served_before=case.turn,
    )
    return because(case, STALE, evidence)


def _reached(trial: Trial, server: Connection, closed: float) -> float:
    """When a close had reached the client's side: when a relay handed it on; over TLS, at once; on
    loopback, when the server's event loop had given the connection up, right after which it closes
    the socket.
    """
    if server.delivered is not None:
        return server.delivered
    if trial.server.relay is not None:
        return closed + trial.server.relay.latency
    if trial.load.tls:
        return closed  # a server says so first, and may keep the connection until it is answered
    return closed if server.lost is None else max(closed, server.lost)


def _until(closed: float, moment: float | None) -> float | None:
    """Seconds from a moment to the close; None where there was no such moment."""
    return None if moment is None else closed - moment


def _reading(case: Case, turn: Turn, closed: float) -> Reading:
    """Whether the client's event loop read the socket when the close came."""
    if "reading" not in case.trial.client.noted:
        return "not noted"
    if case.client is not None and case.client.noted_at == "socket":
        return "on demand"
    return "paused" if turn.paused is not None and turn.paused <= closed else "active"


def _by_timer(trial: Trial, server: Connection) -> bool | None:
    """Whether a keep-alive timer closed a connection; None where such timers are not noted."""
    if trial.server.noted_by == "relay":
        return None
    if server.timer is not None:
        return True
    others = trial.server.connections or ()
    noted = trial.target.server == REPRO_SERVER or any(one.timer is not None for one in others)
    return False if noted else None


def closed_unwritten(case: Case) -> Cause | None:
    """The library itself says that the connection it was given was closing, so nothing of the
    request was written; and all that the server had closed by then were idle.
    """
    unwritten = {name for record in LIBRARIES.values() for name in record.unwritten}
    closing = any(link.type in unwritten for link in case.chain)
    if not closing or case.client is not None or not case.noted or case.end is None:
        return None
    seen_late = by_port(_seen_late(case, case.end))
    closed = [
        connection
        for connection in case.trial.server.connections or ()
        if connection.closed is not None
        and connection.closed <= case.end
        and connection.closed_first
        and (
            case.start <= connection.closed
            or any(other_end(end, [connection]) for end in seen_late.get(connection.port, ()))
        )
    ]
    if not closed or not all(_all_answered(connection) for connection in closed):
        return None
    return because(case, STALE, ClosedUnwritten(len(closed)), "likely")


def _seen_late(case: Case, end: float) -> Iterator[Connection]:
    """The connections whose end the client saw while a request was under way that ended then."""
    for client in case.trial.client.connections:
        if client.eof is not None and case.start <= client.eof <= end:
            yield client


def _all_answered(connection: Connection) -> bool:
    """Whether requests came on a connection and all were answered."""
    answers = [answered for _, answered in connection.arrivals]
    return bool(answers) and None not in answers


RULES: tuple[Rule, ...] = (own_pool, closed_by_server, closed_unwritten)
"""Asked in this order."""
