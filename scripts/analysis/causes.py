"""Why a request failed: the client's and the server's note of one connection, joined.

Both ends noted each connection under the client's port and on one clock. A cause is given only
where the notes show it; what they do not show is "unknown", with what was seen. A wrong cause is
worse than none.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

import msgspec

from scripts.analysis.connections import Case, cases, half, pool_full, stall_in
from scripts.domain.libraries import LIBRARIES
from scripts.domain.trial import Connection, Trial

SAME_END = 0.5
"""Seconds after a request's end within which its server's close still belongs to it."""

MOSTLY = 0.8
"""Share of a span that a stall must cover to be what the span was lost to."""


class Advice(msgspec.Struct, frozen=True):
    """What to change on either side; empty where there is nothing."""

    client: str
    server: str


STALE = "stale connection"
OWN_POOL = "closed by its own pool"
STARVED = "pool starvation"
NO_RESPONSE = "server closed without a response"
MID_RESPONSE = "server closed mid-response"
RESET_BEFORE = "reset before a response"
RESET_MID = "reset mid-response"
RUBBISH = "answered with rubbish"
SLOW_SERVER = "server too slow"
LATE_CLIENT = "client too late to read"
REFUSED = "could not connect: refused"
BACKLOG = "could not connect: never accepted"
DESCRIPTORS = "could not connect: out of descriptors"
PORTS = "could not connect: out of ports"
LOOKUP = "could not connect: name lookup"
CANCELLED = "cancelled"
MEMORY = "out of memory"
KILLED = "client killed"
SERVER_DIED = "server died"
UNKNOWN = "unknown"

ADVICE = {
    STALE: Advice(
        "hold fewer connections, and keep the event loop free, so that it stalls less; repeat "
        "requests that are safe to repeat; letting idle connections expire (keepalive_expiry) "
        "sooner than the server closes them helps only by more than the longest stall",
        "keep idle connections longer than any client does (uvicorn: --timeout-keep-alive)",
    ),
    OWN_POOL: Advice("use a release of the library whose pool does not close what it lends", ""),
    STARVED: Advice(
        "send fewer requests at a time, or allow more connections or a longer pool timeout",
        "answer faster",
    ),
    NO_RESPONSE: Advice("repeat requests that are safe to repeat", "find out why it closes"),
    MID_RESPONSE: Advice("repeat requests that are safe to repeat", "find out why it closes"),
    RESET_BEFORE: Advice("repeat requests that are safe to repeat", "find out why it resets"),
    RESET_MID: Advice("repeat requests that are safe to repeat", "find out why it resets"),
    RUBBISH: Advice("", "find out what answers there: it is no HTTP"),
    SLOW_SERVER: Advice("allow a longer timeout", "answer faster"),
    LATE_CLIENT: Advice("keep the event loop free: it was busy when the answer lay ready", ""),
    REFUSED: Advice("check the address", "start it, or let it listen there"),
    BACKLOG: Advice("open connections more slowly", "accept faster, or allow a longer backlog"),
    DESCRIPTORS: Advice("raise the limit (ulimit -n), or hold fewer connections", ""),
    PORTS: Advice("keep connections alive instead of opening new ones", ""),
    LOOKUP: Advice("check the host's name and the resolver", ""),
    CANCELLED: Advice("the caller gave up: look there", ""),
    MEMORY: Advice("hold fewer requests or smaller payloads at a time", ""),
    KILLED: Advice("look for what killed it: the kernel's log names the out-of-memory killer", ""),
    SERVER_DIED: Advice("", "look at its last words"),
    UNKNOWN: Advice("", ""),
}
"""What to change, by cause."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why one request failed.

    Attributes:
        request: its number; None for a script that failed as a whole, or died.
        name: one of the keys of `ADVICE`.
        sentence: the same in a sentence, with what was seen.
        sure: "certain" where both ends' notes show it, "likely" where one does, else "unknown".
        port: the client's port of the connection; None where there was none.
        evidence: what it rests on; times in seconds, names ending in _ms in milliseconds.
    """

    request: int | None
    name: str
    sentence: str
    sure: str
    port: int | None = None
    evidence: dict[str, float | int | str | bool | None] = {}

    @property
    def advice(self) -> Advice:
        """What to change on either side."""
        return ADVICE[self.name]


def because(
    case: Case,
    name: str,
    sentence: str,
    sure: str = "certain",
    **evidence: float | str | bool | None,
) -> Cause:
    """The cause of a case, its evidence rounded to what was measured."""
    return Cause(
        request=case.number,
        name=name,
        sentence=sentence,
        sure=sure,
        port=case.client.port if case.client else None,
        evidence={
            key: round(value, 3) if isinstance(value, float) else value
            for key, value in evidence.items()
        },
    )


def causes(trial: Trial) -> list[Cause]:
    """Why each failed request of a trial failed, in the order of the requests.

    Args:
        trial: any trial; notes that are missing or contradict each other make causes unknown.

    Returns:
        One cause for each failed request, and one without a request for a client that died.
    """
    found = [explain(case) for case in cases(trial)]
    if trial.outcome == "crashed":
        found.append(_crash(trial))
    return found


def explain(case: Case) -> Cause:
    """Why one request failed: the first rule that its notes satisfy."""
    for rule in RULES:
        found = rule(case)
        if found is not None:
            return found
    return _unknown(case)


def _cancelled(case: Case) -> Cause | None:
    if case.symptom != "cancelled":
        return None
    return because(case, CANCELLED, "The caller cancelled the request.")


def _memory(case: Case) -> Cause | None:
    if case.symptom != "memory":
        return None
    return because(case, MEMORY, "The client ran out of memory.")


def _server_died(case: Case) -> Cause | None:
    if case.trial.outcome != "server-died" or case.symptom not in ("gone", "no connection"):
        return None
    return because(case, SERVER_DIED, f"The server's process died: {case.trial.detail}.")


CONNECT_ERRNOS = {
    errno.ECONNREFUSED: (REFUSED, "Nothing listens where the client connects to."),
    errno.EMFILE: (DESCRIPTORS, "The client's process has no file descriptor left."),
    errno.ENFILE: (DESCRIPTORS, "The machine has no file descriptor left."),
    errno.EADDRNOTAVAIL: (PORTS, "The client's machine has no free port left."),
}


def _connect(case: Case) -> Cause | None:
    """Connecting failed: the errno says how; without one it took too long."""
    if case.symptom not in ("no connection", "unknown"):
        return None
    # What an unknown exception came of is no evidence; what it is itself is.
    links = case.chain if case.symptom == "no connection" else case.chain[:1]
    numbers = {link.errno for link in links if link.errno is not None and link.errno > 0}
    for number, (name, sentence) in CONNECT_ERRNOS.items():
        # Of several addresses one may refuse for its own reasons: it is no cause beside another.
        if number in numbers and (name != REFUSED or numbers == {errno.ECONNREFUSED}):
            return because(case, name, sentence, errno=errno.errorcode[number])
    if any(link.type == "gaierror" for link in case.chain):
        return because(case, LOOKUP, "The host's name could not be looked up.")
    timed_out = any("Timeout" in link.type for link in case.chain)
    if case.symptom == "no connection" and timed_out and case.client is None:
        stalled = stall_in(case, case.start, case.end)
        if case.noted and not half(stalled, case.start, case.end):
            return because(
                case,
                BACKLOG,
                "The server accepted no connection for it in time: its accept queue was full, "
                "or it does not accept.",
                "likely",
                stalled=stalled,
            )
    return None


def _starved(case: Case) -> Cause | None:
    """No connection in time: said outright, or a timeout before anything was written."""
    queued = case.symptom == "timeout" and case.client is None and pool_full(case)
    if case.symptom != "pool timeout" and not queued:
        return None
    stalled = stall_in(case, case.start, case.end)
    waited = None if case.end is None else case.end - case.start
    loop = half(stalled, case.start, case.end)
    why = (
        f"the client's event loop stood still for {stalled:.1f} s of that"
        if loop
        else "all connections were taken by other requests"
    )
    return because(
        case,
        STARVED,
        f"It waited {_seconds(waited)} for a connection: {why}.",
        "certain" if case.symptom == "pool timeout" else "likely",
        waited=waited,
        stalled=stalled,
        held_up_by="event loop" if loop else "queue",
    )


def _rubbish(case: Case) -> Cause | None:
    if case.symptom != "rubbish":
        return None
    if case.first_byte is None:
        return None
    return because(
        case, RUBBISH, "What the server sent could not be read as HTTP.", first_byte=case.first_byte
    )


def _own_pool(case: Case) -> Cause | None:
    """The client closed the connection itself, in the name of another request."""
    client = case.client
    if case.symptom != "gone" or client is None or client.closed is None or case.end is None:
        return None
    written = case.written or 0.0
    by_other = client.closer not in (None, case.number) and written <= client.closed <= case.end
    peer = [
        moment
        for moment in (client.eof, case.server.closed if case.server else None)
        if moment is not None and moment <= client.closed
    ]
    if not by_other or peer or client.errno is not None:
        return None
    return because(
        case,
        OWN_POOL,
        "The client's own pool closed the connection while this request was using it, on behalf "
        f"of request {client.closer}.",
        closed=client.closed,
        closer=client.closer,
        written=written,
    )


def _closed_by_server(case: Case) -> Cause | None:
    """The server closed: before, while or after it dealt with this request."""
    server, written = case.server, case.written
    if case.symptom != "gone" or server is None or server.closed is None or written is None:
        return None
    if case.end is not None and server.closed > case.end + SAME_END:
        return None
    if not server.closed_first:
        return None  # the client was first, and the server only followed
    reset = server.how == "reset"
    if case.turn > 0 and (case.arrival is None or server.closed <= case.arrival[0]):
        return _stale(case, server, server.closed, written)
    if case.arrival is None:
        name = RESET_BEFORE if reset else NO_RESPONSE
        how = "reset" if reset else "closed"
        return because(case, name, f"The server {how} the new connection before it read anything.")
    arrived, answered = case.arrival
    begun = case.first_byte is not None or answered is not None
    names = {
        (False, False): (NO_RESPONSE, "closed the connection without answering"),
        (False, True): (MID_RESPONSE, "closed the connection in the middle of its answer"),
        (True, False): (RESET_BEFORE, "reset the connection without answering"),
        (True, True): (RESET_MID, "reset the connection in the middle of its answer"),
    }
    name, words = names[reset, begun]
    after = server.closed - arrived
    return because(
        case,
        name,
        f"The server read the request and {words}, {_seconds(after)} later.",
        after=after,
    )


def _gone_before(case: Case) -> Cause | None:
    """The library itself says that the connection it was given was closing, so nothing of the
    request was written; and all that the server had closed by then were idle.
    """
    unwritten = {name for record in LIBRARIES.values() for name in record.unwritten}
    said = any(link.type in unwritten for link in case.chain)
    if not said or case.client is not None or not case.noted or case.end is None:
        return None
    closed = [
        each
        for each in case.trial.server.connections or ()
        if each.closed is not None and case.start <= each.closed <= case.end and each.closed_first
    ]
    idle = [
        each
        for each in closed
        if each.arrivals and all(answered is not None for _, answered in each.arrivals)
    ]
    if not idle or len(idle) < len(closed):
        return None
    return because(
        case,
        STALE,
        "Nothing of it was written: the connection it was given was closing already. While it "
        f"waited, the server closed {len(idle)}, all of them idle.",
        "likely",
        closed_meanwhile=len(idle),
    )


def _stale(case: Case, server: Connection, closed: float, written: float) -> Cause:
    """The server closed an idle connection, and the client wrote on it."""
    last = [answered for _, answered in server.arrivals if answered is not None]
    idle = closed - last[-1] if last else None
    window = written - closed
    tried = case.tried if case.tried is not None else written
    eof = case.client.eof if case.client is not None else None
    stalled = stall_in(case, min(closed, tried), written)
    by = "its keep-alive timer" if server.timer is not None else "not by its keep-alive timer"
    if window < 0:
        when = f"wrote {_seconds(-window)} before the server closed the connection"
    elif tried < closed:
        when = (
            f"chose the connection {_seconds(closed - tried)} before the server closed it "
            f"and wrote {_seconds(window)} after"
        )
    else:
        when = f"wrote {_seconds(window)} after the server had closed the connection"
    if window < 0:
        told = "The two crossed on the way"
    elif eof is not None and eof < tried:
        told = "The client's event loop had seen the end of stream before"
    else:
        told = "The client's event loop had not yet looked at the end of stream in its socket"
    standing = f"; it stood still for {_seconds(stalled)} in between" if stalled > 0 else ""
    return because(
        case,
        STALE,
        f"The client {when} ({by}, after {_seconds(idle)} idle). {told}{standing}.",
        idle=idle,
        keep_alive_timer=server.timer is not None,
        chosen_to_close_ms=1000 * (closed - tried),
        close_to_write_ms=1000 * window,
        readable_when_chosen=closed < tried,
        seen_when_chosen=eof is not None and eof < tried,
        stalled=stalled,
        served_before=case.turn,
    )


def _never_accepted(case: Case) -> Cause | None:
    """Written on a connection that the kernel made and the server never accepted."""
    if case.symptom not in ("read timeout", "timeout", "gone") or case.client is None:
        return None
    if not case.noted or case.trial.outcome != "completed":
        return None
    if any(each.port == case.client.port for each in case.trial.server.connections or ()):
        return None
    return because(
        case,
        BACKLOG,
        "The server never accepted the connection that the request was written on.",
        written=case.written,
    )


def _timed_out(case: Case) -> Cause | None:
    """Written and read by the server, but no whole answer in time: whose time was it?"""
    if case.symptom not in ("read timeout", "timeout") or case.server is None or case.end is None:
        return None
    written = case.written or case.start
    if case.arrival is None:
        return because(
            case,
            SLOW_SERVER,
            f"The server did not read the request within {_seconds(case.end - written)}.",
            waited=case.end - written,
        )
    _, answered = case.arrival
    ready = None if answered is None else case.end - answered
    stalled = stall_in(case, written if answered is None else answered, case.end)
    if ready is not None and ready > 0 and stalled >= MOSTLY * ready:
        return because(
            case,
            LATE_CLIENT,
            f"The answer lay ready {_seconds(ready)} before the client gave up; "
            f"its event loop stood still for {_seconds(stalled)} of that.",
            ready=ready,
            stalled=stalled,
        )
    if stalled > 0:
        return None  # partly the server's time, partly the client's
    what = "answered nothing" if ready is None or ready < 0 else "was not done"
    if ready is not None and ready < 0 and case.first_byte is not None:
        what = "was still sending its answer"
    return because(
        case,
        SLOW_SERVER,
        f"The server {what} in the {_seconds(case.end - written)} that the client waited.",
        waited=case.end - written,
    )


RULES: tuple[Callable[[Case], Cause | None], ...] = (
    _cancelled,
    _memory,
    _server_died,
    _connect,
    _starved,
    _rubbish,
    _own_pool,
    _closed_by_server,
    _gone_before,
    _never_accepted,
    _timed_out,
)
"""In the order they are asked; each returns None where the notes do not show its cause."""


def _unknown(case: Case) -> Cause:
    """What was seen, where that shows no cause."""
    seen = []
    if case.end is None:
        seen.append("it was still under way at the end")
    if case.chain:
        first = case.chain[0]
        seen.append(
            f"it raised {first.type}" + (f" ({first.message[:200]})" if first.message else "")
        )
    if case.client is None:
        seen.append("no connection is known that it was written on")
    else:
        if case.server is None:
            seen.append("the server's end of its connection is not known")
        if case.client.errno is not None:
            name = errno.errorcode.get(case.client.errno, str(case.client.errno))
            seen.append(f"its connection was lost with {name}")
        if case.client.eof is not None:
            seen.append("the client saw the end of stream")
        if case.client.closed is not None:
            seen.append("the client closed the connection")
    return because(case, UNKNOWN, f"Unknown: {'; '.join(seen)}.", "unknown")


def _crash(trial: Trial) -> Cause:
    killed = trial.client.exit_status == -9
    return Cause(
        request=None,
        name=KILLED if killed else UNKNOWN,
        sentence=f"The client's process died: {trial.detail}.",
        sure="certain" if killed else "unknown",
    )


def _seconds(value: float | None) -> str:
    """A duration in words."""
    if value is None:
        return "an unknown time"
    if abs(value) < 1:
        return f"{1000 * value:.1f} ms"
    return f"{value:.2f} s"
