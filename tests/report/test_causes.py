"""Causes in sentences, and as JSON: one of each."""

import errno
from typing import Any

import pytest

from scripts.analysis import catalogue as room
from scripts.analysis.catalogue import (
    Cause,
    ClosedForAnother,
    ClosedIdle,
    ClosedOnRequest,
    ClosedUnwritten,
    Died,
    Errno,
    ErrorAnswer,
    Evidence,
    LateAnswer,
    LateReading,
    NeverAccepted,
    NotInTime,
    Starved,
    Unexplained,
    Unreadable,
)
from scripts.report.causes import (
    PLAIN,
    SENTENCES,
    explained,
    printed_evidence,
    seconds_words,
    sentence,
)

pytestmark = pytest.mark.pure


def cause(name: str, seen: Evidence | None = None) -> Cause:
    return Cause(request=1, name=name, sure="certain", port=5, evidence=seen)


def idle(**fields: Any) -> ClosedIdle:
    values: dict[str, Any] = {
        "idle": 8.4,
        "keep_alive_timer": True,
        "assigned_to_close": 0.7,
        "tried_to_close": 0.2,
        "close_to_write": 0.2,
        "reached_to_write": 0.2,
        "looks": True,
        "looked_to_close": 0.8,
        "readable": False,
        "reading": "paused",
        "tls": False,
        "seen_when_tried": False,
        "stalled": 0.0,
        "served_before": 1,
    }
    return ClosedIdle(**(values | fields))


def seen(**fields: Any) -> Unexplained:
    values: dict[str, Any] = {
        "under_way": False,
        "raised": "",
        "message": "",
        "connection": True,
        "server_end": True,
        "errno": None,
        "eof": False,
        "closed": False,
    }
    return Unexplained(**(values | fields))


NOT_IN_TIME = (
    "The server accepted no connection for it in time: its accept queue was full, or it does not "
    "accept."
)
NEVER = "The server never accepted the connection that the request was written on."
WAITED = "in the 6.00 s that the client waited."
READ = "The server read the request and"

TOLD: list[tuple[str, Evidence | None, str, dict[str, object]]] = [
    (room.CANCELLED, None, "The caller cancelled the request.", {}),
    (room.MEMORY, None, "The client ran out of memory.", {}),
    (room.LOOKUP, None, "The host's name could not be looked up.", {}),
    (
        room.REFUSED,
        Errno(errno.ECONNREFUSED),
        "Nothing listens where the client connects to.",
        {"errno": "ECONNREFUSED"},
    ),
    (
        room.DESCRIPTORS,
        Errno(errno.EMFILE),
        "The client's process has no file descriptor left.",
        {"errno": "EMFILE"},
    ),
    (
        room.DESCRIPTORS,
        Errno(errno.ENFILE),
        "The machine has no file descriptor left.",
        {"errno": "ENFILE"},
    ),
    (
        room.PORTS,
        Errno(errno.EADDRNOTAVAIL),
        "The client's machine has no free port left.",
        {"errno": "EADDRNOTAVAIL"},
    ),
    (room.BACKLOG, NotInTime(0.12345), NOT_IN_TIME, {"stalled": 0.123}),
    (room.BACKLOG, NeverAccepted(9.40004), NEVER, {"written": 9.4}),
    (room.BACKLOG, NeverAccepted(None), NEVER, {"written": None}),
    (
        room.STARVED,
        Starved(8.0, 1.0, "queue"),
        "It waited 8.00 s for a connection: all connections were taken by other requests.",
        {"waited": 8.0, "stalled": 1.0, "held_up_by": "queue"},
    ),
    (
        room.STARVED,
        Starved(None, 4.06, "event loop"),
        "It waited an unknown time for a connection: the client's event loop was blocked for 4.1 s "
        "of that.",
        {"waited": None, "stalled": 4.06, "held_up_by": "event loop"},
    ),
    (
        room.RUBBISH,
        Unreadable(9.1),
        "What the server sent could not be read as HTTP.",
        {"first_byte": 9.1},
    ),
    (
        room.ERROR_STATUS,
        ErrorAnswer("502", 12),
        "The server answered; by its log 12 of its answers have an error status (502), which tells "
        "not which requests got them.",
        {"statuses": "502", "logged": 12},
    ),
    (
        room.OWN_POOL,
        ClosedForAnother(9.5, 0, 9.1),
        "The client's own pool closed the connection while this request was using it, on behalf of "
        "request 0.",
        {"closed": 9.5, "closer": 0, "written": 9.1},
    ),
    (
        room.NO_RESPONSE,
        ClosedOnRequest(None),
        "The server closed the new connection before it read anything.",
        {},
    ),
    (
        room.RESET_BEFORE,
        ClosedOnRequest(None),
        "The server reset the new connection before it read anything.",
        {},
    ),
    (
        room.NO_RESPONSE,
        ClosedOnRequest(0.3),
        f"{READ} closed the connection without answering, 300.0 ms later.",
        {"after": 0.3},
    ),
    (
        room.MID_RESPONSE,
        ClosedOnRequest(0.3),
        f"{READ} closed the connection in the middle of its answer, 300.0 ms later.",
        {"after": 0.3},
    ),
    (
        room.RESET_BEFORE,
        ClosedOnRequest(0.3),
        f"{READ} reset the connection without answering, 300.0 ms later.",
        {"after": 0.3},
    ),
    (
        room.RESET_MID,
        ClosedOnRequest(1.3),
        f"{READ} reset the connection in the middle of its answer, 1.30 s later.",
        {"after": 1.3},
    ),
    (
        room.STALE,
        ClosedUnwritten(2),
        "Nothing of it was written: its connection was closing already. The server closed 2 idle "
        "connections while it waited, or earlier, where the client saw it only meanwhile.",
        {"closed_meanwhile": 2},
    ),
    (
        room.STALE,
        idle(tried_to_close=0.20004, close_to_write=0.1, stalled=0.4),
        "The request was assigned the connection 700.0 ms before the server closed it, and written "
        "100.0 ms after the close (its keep-alive timer, after 8.40 s idle). The client's event "
        "loop did not read its socket: it was told to pause reading; the last look at it came "
        "800.0 ms before the close, and found it open, with nothing to read. The event loop was "
        "blocked for 400.0 ms in between.",
        {
            "idle": 8.4,
            "keep_alive_timer": True,
            "assigned_to_close_ms": 700.0,
            "tried_to_close_ms": 200.04,
            "close_to_write_ms": 100.0,
            "reached_to_write_ms": 200.0,
            "told": True,
            "hidden": False,
            "undecided": False,
            "looks": True,
            "looked_to_close_ms": 800.0,
            "readable": False,
            "reading": "paused",
            "tls": False,
            "seen_when_tried": False,
            "stalled": 0.4,
            "served_before": 1,
        },
    ),
    (
        room.STALE,
        idle(looked_to_close=-0.1346, close_to_write=0.1348, reading="active", tls=True),
        "The request was assigned the connection 700.0 ms before the server closed it, and written "
        "134.8 ms after the close (its keep-alive timer, after 8.40 s idle). The client's event "
        "loop, which reads its socket, had not come to the end of stream; the last look at it came "
        "134.6 ms after the close, and found it open, with nothing to read; over TLS the close "
        "comes as a record, which it may have read with the answer before it.",
        {
            "idle": 8.4,
            "keep_alive_timer": True,
            "assigned_to_close_ms": 700.0,
            "tried_to_close_ms": 200.0,
            "close_to_write_ms": 134.8,
            "reached_to_write_ms": 200.0,
            "told": False,
            "hidden": True,
            "undecided": False,
            "looks": True,
            "looked_to_close_ms": -134.6,
            "readable": False,
            "reading": "active",
            "tls": True,
            "seen_when_tried": False,
            "stalled": 0.0,
            "served_before": 1,
        },
    ),
    (
        room.LATE_CLIENT,
        LateReading(5.0, 4.5),
        "The answer lay ready 5.00 s before the client gave up; its event loop was blocked for "
        "4.50 s of that.",
        {"ready": 5.0, "stalled": 4.5},
    ),
    (
        room.SLOW_SERVER,
        LateAnswer(6.0, "read nothing"),
        "The server did not read the request within 6.00 s.",
        {"waited": 6.0},
    ),
    (
        room.SLOW_SERVER,
        LateAnswer(6.0, "answered nothing"),
        f"The server answered nothing {WAITED}",
        {"waited": 6.0},
    ),
    (
        room.SLOW_SERVER,
        LateAnswer(6.0, "not done"),
        f"The server was not done {WAITED}",
        {"waited": 6.0},
    ),
    (
        room.SLOW_SERVER,
        LateAnswer(6.0, "still sending"),
        f"The server was still sending its answer {WAITED}",
        {"waited": 6.0},
    ),
    (room.SERVER_DIED, Died("status 3"), "The server's process died: status 3.", {}),
    (room.KILLED, Died("SIGKILL"), "The client's process died: SIGKILL.", {}),
    (room.UNKNOWN, Died("exit 3"), "The client's process died: exit 3.", {}),
    (
        room.UNKNOWN,
        seen(under_way=True, connection=False),
        "Unknown: it was still under way at the end; no connection is known that it was written "
        "on.",
        {},
    ),
    (
        room.UNKNOWN,
        seen(raised="ReadError", server_end=False, errno=32, eof=True),
        "Unknown: it raised ReadError; the server's end of its connection is not known; its "
        "connection was lost with EPIPE; the client saw the end of stream.",
        {},
    ),
    (
        room.UNKNOWN,
        seen(raised="X", message="m" * 201, errno=9999, closed=True),
        f"Unknown: it raised X ({'m' * 200}); its connection was lost with 9999; the client closed "
        "the connection.",
        {},
    ),
]


@pytest.mark.parametrize(("name", "rests_on", "words", "json"), TOLD)
def test_each_cause_has_its_sentence_and_its_evidence(
    name: str, rests_on: Evidence | None, words: str, json: dict[str, object]
) -> None:
    one = cause(name, rests_on)
    assert (sentence(one), printed_evidence(one)) == (words, json)
    told = explained(one)
    assert (told.request, told.name, told.sure, told.port) == (1, name, "certain", 5)
    assert (told.sentence, told.evidence) == (words, json)


def test_every_cause_and_every_kind_of_evidence_is_told() -> None:
    assert {name for name, *_ in TOLD} == set(room.ADVICE)
    assert {type(rests_on) for _, rests_on, *_ in TOLD} == {*SENTENCES, type(None)}
    assert {name for name, rests_on, *_ in TOLD if rests_on is None} == set(PLAIN)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"close_to_write": -0.01, "reached_to_write": -0.01},
            "written 10.0 ms before the server closed the connection (its keep-alive timer, after "
            "8.40 s idle). The close and the write crossed on the way.",
        ),
        (
            {"assigned_to_close": -0.5, "reached_to_write": -0.1},
            "assigned the connection 500.0 ms after the server closed it, and written 200.0 ms "
            "after the close (its keep-alive timer, after 8.40 s idle). The close and the write "
            "crossed on the way.",
        ),
        (
            {"assigned_to_close": None, "reached_to_write": 0.0004},
            "written 200.0 ms after the server closed the connection (its keep-alive timer, after "
            "8.40 s idle). The close reached the client within 1 ms of the write: which was first "
            "cannot be told.",
        ),
        (
            {"assigned_to_close": None, "reading": "active", "looked_to_close": None},
            "written 200.0 ms after the server closed the connection (its keep-alive timer, after "
            "8.40 s idle). The client's event loop, which reads its socket, had not come to the "
            "end of stream.",
        ),
        (
            {"reading": "not noted", "looks": False, "looked_to_close": None},
            "assigned the connection 700.0 ms before the server closed it, and written 200.0 ms "
            "after the close (its keep-alive timer, after 8.40 s idle). Whether the client looked "
            "at its socket was not noted.",
        ),
        (
            {"looked_to_close": None, "keep_alive_timer": False},
            "assigned the connection 700.0 ms before the server closed it, and written 200.0 ms "
            "after the close (not by its keep-alive timer, after 8.40 s idle). The client's event "
            "loop did not read its socket: it was told to pause reading; nothing else is known to "
            "have looked at it.",
        ),
        (
            {"reading": "not noted", "looked_to_close": -0.1, "readable": True, "idle": None},
            "assigned the connection 700.0 ms before the server closed it, and written 200.0 ms "
            "after the close (its keep-alive timer, after an unknown time idle). The last look at "
            "it came 100.0 ms after the close, and found it readable.",
        ),
        (
            {"seen_when_tried": True},
            "assigned the connection 700.0 ms before the server closed it, and written 200.0 ms "
            "after the close (its keep-alive timer, after 8.40 s idle). The client had seen the "
            "end of stream before.",
        ),
        (
            {"reading": "on demand", "keep_alive_timer": None},
            "assigned the connection 700.0 ms before the server closed it, and written 200.0 ms "
            "after the close (after 8.40 s idle). The client reads its socket only for a request; "
            "the last look at it came 800.0 ms before the close, and found it open, with nothing "
            "to read.",
        ),
    ],
)
def test_a_stale_connection_is_told_in_the_order_of_what_came(
    fields: dict[str, Any], words: str
) -> None:
    assert sentence(cause(room.STALE, idle(**fields))) == f"The request was {words}"


def test_a_span_is_told_in_milliseconds_below_a_second() -> None:
    spans = [seconds_words(seconds) for seconds in (None, 0.0, 0.9999, 1.0, -0.5, -1.5)]
    assert spans == ["an unknown time", "0.0 ms", "999.9 ms", "1.00 s", "-500.0 ms", "-1.50 s"]
