"""Why a request failed, in a sentence, and as JSON."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import structs

from scripts.analysis import catalogue as facts
from scripts.analysis.catalogue import Cause, Evidence, Sure

NEARNESS = f"{1000 * facts.UNDECIDED:g} ms"
"""Within which it cannot be told whether a close reached the client before its write."""

LONGEST_MESSAGE = 200
"""Characters of an exception's message that are shown."""

Value = float | int | str | bool | None


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """A cause as people and `explain --json` read it.

    Attributes:
        request: number of the failed request; None for the script as a whole.
        name: of the cause.
        sentence: the same in a sentence, with what was seen.
        sure: how sure it is.
        port: of the client, which names the request's connection; None where that is not known.
        evidence: what it rests on; times in seconds, names ending in _ms in milliseconds.
    """

    request: int | None
    name: str
    sentence: str = msgspec.field(name="words")
    sure: Sure
    port: int | None
    evidence: dict[str, Value]


def explained(cause: Cause) -> Explained:
    """A cause in words."""
    return Explained(
        request=cause.request,
        name=cause.name,
        sentence=sentence(cause),
        sure=cause.sure,
        port=cause.port,
        evidence=printed_evidence(cause),
    )


def sentence(cause: Cause) -> str:
    """Why a request failed, in a sentence."""
    if cause.evidence is None:
        return PLAIN[cause.name]
    return SENTENCES[type(cause.evidence)](cause, cause.evidence)


def printed_evidence(cause: Cause) -> dict[str, Value]:
    """What a cause rests on, by name, rounded to what was measured."""
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in _values(cause.evidence).items()
    }


def _values(evidence: Evidence | None) -> dict[str, Value]:
    match evidence:
        case facts.Errno():
            return {"errno": errno.errorcode[evidence.errno]}
        case facts.ClosedIdle():
            return {
                "idle": evidence.idle,
                "keep_alive_timer": evidence.keep_alive_timer,
                "assigned_to_close_ms": _milliseconds(evidence.assigned_to_close),
                "tried_to_close_ms": _milliseconds(evidence.tried_to_close),
                "close_to_write_ms": _milliseconds(evidence.close_to_write),
                "reached_to_write_ms": _milliseconds(evidence.reached_to_write),
                "told": evidence.told,
                "hidden": evidence.hidden,
                "undecided": evidence.undecided,
                "looks": evidence.looks,
                "looked_to_close_ms": _milliseconds(evidence.looked_to_close),
                "readable": evidence.readable,
                "reading": evidence.reading,
                "tls": evidence.tls,
                "seen_when_tried": evidence.seen_when_tried,
                "stalled": evidence.stalled,
                "served_before": evidence.served_before,
            }
        case facts.LateAnswer():
            return {"waited": evidence.waited}
        case facts.ClosedOnRequest(after=None) | facts.Died() | facts.Unexplained() | None:
            return {}
    return structs.asdict(evidence)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else 1000 * seconds


PLAIN = {
    facts.CANCELLED: "The caller cancelled the request.",
    facts.MEMORY: "The client ran out of memory.",
    facts.LOOKUP: "The host's name could not be looked up.",
}
"""Of causes whose name says all."""

ERRNOS = {
    errno.ECONNREFUSED: "Nothing listens where the client connects to.",
    errno.EMFILE: "The client's process has no file descriptor left.",
    errno.ENFILE: "The machine has no file descriptor left.",
    errno.EADDRNOTAVAIL: "The client's machine has no free port left.",
}
"""What each errno of connecting says."""


def _errno(_: Cause, seen: facts.Errno) -> str:
    return ERRNOS[seen.errno]


def _not_in_time(_: Cause, __: facts.NotInTime) -> str:
    return (
        "The server accepted no connection for it in time: its accept queue was full, or it does "
        "not accept."
    )


def _never_accepted(_: Cause, __: facts.NeverAccepted) -> str:
    return "The server never accepted the connection that the request was written on."


def _starved(_: Cause, seen: facts.Starved) -> str:
    why = "all connections were taken by other requests"
    if seen.held_up_by == "event loop":
        why = f"the client's event loop was blocked for {seen.stalled:.1f} s of that"
    return f"It waited {seconds_words(seen.waited)} for a connection: {why}."


def _unreadable(_: Cause, __: facts.Unreadable) -> str:
    return "What the server sent could not be read as HTTP."


def _error_answer(_: Cause, seen: facts.ErrorAnswer) -> str:
    return (
        f"The server answered; by its log {seen.logged:,} of its answers have an error status "
        f"({seen.statuses}), which tells not which requests got them."
    )


def _closed_for_another(_: Cause, seen: facts.ClosedForAnother) -> str:
    return (
        "The client's own pool closed the connection while this request was using it, on behalf "
        f"of request {seen.closer}."
    )


CLOSES = {
    facts.NO_RESPONSE: "closed the connection without answering",
    facts.MID_RESPONSE: "closed the connection in the middle of its answer",
    facts.RESET_BEFORE: "reset the connection without answering",
    facts.RESET_MID: "reset the connection in the middle of its answer",
}
"""What the server did to a connection, by cause."""


def _closed_on_request(cause: Cause, seen: facts.ClosedOnRequest) -> str:
    if seen.after is None:
        how = "reset" if cause.name == facts.RESET_BEFORE else "closed"
        return f"The server {how} the new connection before it read anything."
    return (
        f"The server read the request and {CLOSES[cause.name]}, {seconds_words(seen.after)} later."
    )


def _closed_unwritten(_: Cause, seen: facts.ClosedUnwritten) -> str:
    return (
        "Nothing of it was written: its connection was closing already. The server closed "
        f"{seen.closed_meanwhile} idle connections while it waited, or earlier, where the client "
        "saw it only meanwhile."
    )


TIMERS = {
    True: "its keep-alive timer, ",
    False: "not by its keep-alive timer, ",
    None: "",
}
"""What closed an idle connection."""


def _closed_idle(_: Cause, seen: facts.ClosedIdle) -> str:
    by = TIMERS[seen.keep_alive_timer]
    standing = (
        f" The event loop was blocked for {seconds_words(seen.stalled)} in between."
        if seen.stalled > 0
        else ""
    )
    return (
        f"The request was {_order(seen)} ({by}after {seconds_words(seen.idle)} idle). "
        f"{_notice(seen)}.{standing}"
    )


def _order(seen: facts.ClosedIdle) -> str:
    """What came when: the assignment of the connection, the server's close, the write."""
    written = seconds_words(abs(seen.close_to_write))
    if seen.close_to_write < 0:
        return f"written {written} before the server closed the connection"
    if seen.assigned_to_close is not None:
        side = "before" if seen.assigned_to_close >= 0 else "after"
        return (
            f"assigned the connection {seconds_words(abs(seen.assigned_to_close))} {side} the "
            f"server closed it, and written {written} after the close"
        )
    return f"written {written} after the server closed the connection"


def _notice(seen: facts.ClosedIdle) -> str:
    """What the client could know of the close."""
    if seen.undecided:
        return (
            f"The close reached the client within {NEARNESS} of the write: which was first cannot "
            "be told"
        )
    if not seen.told and not seen.hidden:
        return "The close and the write crossed on the way"
    if seen.seen_when_tried:
        return "The client had seen the end of stream before"
    if seen.reading == "not noted" and not seen.looks:
        return "Whether the client looked at its socket was not noted"
    noticed = [READING[seen.reading]] if seen.reading in READING else []
    look = _look(seen)
    record = OVER_TLS if seen.hidden and seen.tls else ""
    said = "; ".join(part for part in [*noticed, look, record] if part)
    return said[0].upper() + said[1:]


READING = {
    "paused": "the client's event loop did not read its socket: it was told to pause reading",
    "on demand": "the client reads its socket only for a request",
    "active": "the client's event loop, which reads its socket, had not come to the end of stream",
}
"""Whether the event loop could notice the close, in words."""


OVER_TLS = "over TLS the close comes as a record, which it may have read with the answer before it"
"""Why the event loop may not have left anything to be seen of a close."""


def _look(seen: facts.ClosedIdle) -> str:
    """The last look at the socket, other than the event loop's; empty for what needs no word."""
    if seen.looked_to_close is None:
        return "" if seen.reading == "active" else "nothing else is known to have looked at it"
    side = "before" if seen.looked_to_close >= 0 else "after"
    state = "readable" if seen.readable else "open, with nothing to read"
    return (
        f"the last look at it came {seconds_words(abs(seen.looked_to_close))} {side} the close, "
        f"and found it {state}"
    )


def _late_reading(_: Cause, seen: facts.LateReading) -> str:
    return (
        f"The answer lay ready {seconds_words(seen.ready)} before the client gave up; "
        f"its event loop was blocked for {seconds_words(seen.stalled)} of that."
    )


PROGRESS = {
    "answered nothing": "answered nothing",
    "not done": "was not done",
    "still sending": "was still sending its answer",
}
"""How far the server was when the client gave up."""


def _late_answer(_: Cause, seen: facts.LateAnswer) -> str:
    if seen.server == "read nothing":
        return f"The server did not read the request within {seconds_words(seen.waited)}."
    what = PROGRESS[seen.server]
    return f"The server {what} in the {seconds_words(seen.waited)} that the client waited."


def _died(cause: Cause, seen: facts.Died) -> str:
    side = "server" if cause.name == facts.SERVER_DIED else "client"
    return f"The {side}'s process died: {seen.detail}."


def _unexplained(_: Cause, seen: facts.Unexplained) -> str:
    said = ["it was still under way at the end"] if seen.under_way else []
    if seen.raised:
        message = f" ({seen.message[:LONGEST_MESSAGE]})" if seen.message else ""
        said.append(f"it raised {seen.raised}{message}")
    if not seen.connection:
        said.append("no connection is known that it was written on")
    elif not seen.server_end:
        said.append("the server's end of its connection is not known")
    if seen.errno is not None:
        name = errno.errorcode.get(seen.errno, seen.errno)
        said.append(f"its connection was lost with {name}")
    if seen.eof:
        said.append("the client saw the end of stream")
    if seen.closed:
        said.append("the client closed the connection")
    if seen.perhaps_unread is not None:
        said.append(
            f"the server closed it {seconds_words(seen.perhaps_unread)} after the request came, "
            "which it may or may not have read: a relay does not see that"
        )
    return f"Unknown: {'; '.join(said)}."


SENTENCES: dict[type[Evidence], Callable[[Cause, Any], str]] = {
    facts.Errno: _errno,
    facts.NotInTime: _not_in_time,
    facts.NeverAccepted: _never_accepted,
    facts.Starved: _starved,
    facts.Unreadable: _unreadable,
    facts.ErrorAnswer: _error_answer,
    facts.ClosedForAnother: _closed_for_another,
    facts.ClosedOnRequest: _closed_on_request,
    facts.ClosedUnwritten: _closed_unwritten,
    facts.ClosedIdle: _closed_idle,
    facts.LateReading: _late_reading,
    facts.LateAnswer: _late_answer,
    facts.Died: _died,
    facts.Unexplained: _unexplained,
}
"""How each kind of evidence is told."""


def seconds_words(seconds: float | None) -> str:
    """A span of time: "200.0 ms", "8.40 s"."""
    if seconds is None:
        return "an unknown time"
    return f"{1000 * seconds:.1f} ms" if abs(seconds) < 1 else f"{seconds:.2f} s"
