"""What happened to a failed request and its connection, moment by moment, at both ends."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from scripts.analysis.connections import Case
from scripts.analysis.stalls import blockage, within
from scripts.domain.trial import Connection, Turn
from scripts.report.stalls import during

EARLIER_REQUESTS = 3
"""How many earlier requests of the connection are shown."""

SECONDS_AFTER = 1
"""Seconds after the request's end that are shown."""

SAME_MOMENT = 0.0001
"""Seconds within which a request that is to be written is written."""

Side = Literal["client", "server"]

MomentKind = Literal[
    "begins",
    "connection made",
    "reading paused",
    "looked at",
    "assigned",
    "to be written",
    "written",
    "found gone",
    "first byte",
    "end of stream seen",
    "closes",
    "close delivered",
    "given up",
    "accepts",
    "arrives",
    "answered",
    "timer",
    "stall",
    "fails",
]

MOMENT_WORDS: Mapping[tuple[Side, MomentKind], str] = {
    ("client", "begins"): "request begins",
    ("client", "connection made"): "connection made, port {port}",
    ("client", "reading paused"): "event loop stops reading the socket (reading paused)",
    ("client", "looked at"): "a look at the socket: {state}",
    ("client", "assigned"): "this request is assigned the connection{often}",
    ("client", "to be written"): "{which} is to be written",
    ("client", "written"): "{which} is written",
    ("client", "found gone"): "{which} finds it gone when it wants to write",
    ("client", "first byte"): "first byte of the answer to {which}",
    ("client", "end of stream seen"): "{who}sees the end of stream",
    ("client", "closes"): "closes the connection{purpose}",
    ("client", "given up"): "{who}gives the connection up{error}",
    ("client", "stall"): "event loop is blocked for {seconds:.2f} s{where}",
    ("client", "fails"): "this request fails with {exception}",
    ("server", "accepts"): "accepts the connection",
    ("server", "arrives"): "{which} arrives",
    ("server", "answered"): "{which} is answered",
    ("server", "timer"): "keep-alive timer fires",
    ("server", "closes"): "closes the connection ({how})",
    ("server", "close delivered"): "its close has reached the client's side",
    ("server", "end of stream seen"): "sees the client's end of stream",
}
"""Each kind of moment in words, as either side knows it."""


class Moment(msgspec.Struct, frozen=True):
    """One line of a timeline.

    Attributes:
        at: seconds from the failed request's end.
        side: at which end it was noted.
        kind: what happened.
        what: the same in words, with its numbers.
        request: the number of the request that it happened to, or in whose name a connection was
            closed; None where it was none, or one that was not recorded.
    """

    at: float
    side: Side
    kind: MomentKind
    what: str = msgspec.field(name="words")
    request: int | None = None


def timeline(case: Case) -> list[Moment]:
    """What happened to a failed request and its connection, both ends, in order of time."""
    end = _end(case)
    moments = [
        *_moment(case.start, "client", "begins", case.number),
        *_at_client(case, end),
        *_at_server(case),
        *_standing_still(case, end),
        *_failure(case),
    ]
    relative = [msgspec.structs.replace(moment, at=moment.at - end) for moment in moments]
    shown = (moment for moment in relative if moment.at <= SECONDS_AFTER)
    return sorted(shown, key=lambda moment: moment.at)


def _moment(
    at: float | None, side: Side, kind: MomentKind, request: int | None = None, **details: object
) -> Iterator[Moment]:
    """A moment, its time still the trial's; nothing where it did not happen.

    Args:
        at: when.
        side, kind, request: as a `Moment` has them.
        details: what the words of its kind name.
    """
    if at is not None:
        yield Moment(at, side, kind, MOMENT_WORDS[side, kind].format(**details), request)


def _at_client(case: Case, end: float) -> Iterator[Moment]:
    client = case.client
    if client is None:
        return
    yield from _moment(client.opened, "client", "connection made", port=client.port)
    for place in range(max(0, case.turn - EARLIER_REQUESTS), case.turn + 1):
        turn, name = client.turns[place], _name(case, client, place)
        if place == case.turn:
            yield from _beforehand(turn, name)
        kind: MomentKind = "found gone" if turn.wrote is None else "written"
        at = turn.tried if turn.wrote is None else turn.wrote
        yield from _moment(at, "client", kind, turn.request, which=name)
        yield from _moment(turn.first_byte, "client", "first byte", turn.request, which=name)
    who = "event loop " if client.noted_at == "transport" else ""
    if client.eof is not None and client.eof <= end + SECONDS_AFTER:
        yield from _moment(client.eof, "client", "end of stream seen", who=who)
    purpose = "" if client.closer in (None, case.number) else f", for request {client.closer}"
    yield from _moment(client.closed, "client", "closes", client.closer, purpose=purpose)
    error = f" with {errno.errorcode.get(client.errno, client.errno)}" if client.errno else ""
    if who or error:  # without an event loop it is closed, and that is all
        yield from _moment(client.lost, "client", "given up", who=who, error=error)


def _beforehand(turn: Turn, name: str) -> Iterator[Moment]:
    """What is known of a connection before a request is written on it."""
    yield from _moment(turn.paused, "client", "reading paused")
    state = "readable" if turn.readable else "open, nothing to read"
    yield from _moment(turn.looked, "client", "looked at", state=state)
    often = f" ({turn.assignments} assignments so far)" if turn.assignments > 1 else ""
    yield from _moment(turn.assigned, "client", "assigned", turn.request, often=often)
    if turn.wrote is not None and turn.wrote - turn.tried > SAME_MOMENT:
        yield from _moment(turn.tried, "client", "to be written", turn.request, which=name)


def _at_server(case: Case) -> Iterator[Moment]:
    client, server = case.client, case.server
    if client is None or server is None:
        return
    yield from _moment(server.opened, "server", "accepts")
    for turn in range(
        max(0, case.turn - EARLIER_REQUESTS), min(case.turn + 1, len(server.arrivals))
    ):
        arrived, answered = server.arrivals[turn]
        request, name = client.turns[turn].request, _name(case, client, turn)
        yield from _moment(arrived, "server", "arrives", request, which=name)
        yield from _moment(answered, "server", "answered", request, which=name)
    yield from _moment(server.timer, "server", "timer")
    yield from _moment(server.closed, "server", "closes", how=server.how)
    yield from _moment(server.delivered, "server", "close delivered")
    yield from _moment(server.eof, "server", "end of stream seen")


def _standing_still(case: Case, end: float) -> Iterator[Moment]:
    lag = case.trial.client.lag
    for begun, over in stalls(case):
        since, until = end + begun, end + over
        seen = within(lag.blocked, since, until) if lag and lag.blocked else None
        where = during(blockage([seen])) if seen else ""
        yield from _moment(since, "client", "stall", seconds=until - since, where=where)


def _failure(case: Case) -> Iterator[Moment]:
    exception = case.chain[0].type if case.chain else "an exception"
    yield from _moment(case.end, "client", "fails", case.number, exception=exception)


def _name(case: Case, client: Connection, turn: int) -> str:
    """What a connection's turn is called beside the failed request."""
    return "this request" if turn == case.turn else f"request {client.turns[turn].request}"


def stalls(case: Case) -> list[tuple[float, float]]:
    """When the client's event loop was blocked, from a second before the request was assigned its
    connection on (before it was to be written, where that was not noted): (from, to), in seconds
    relative to the request's end.
    """
    if case.trial.client.lag is None:
        return []
    end = _end(case)
    own = case.own
    tried = case.start if own is None else own.tried
    since = tried if own is None or own.assigned is None else own.assigned
    return [
        (begun - end, over - end)
        for begun, over in case.trial.client.lag.stalls
        if over >= since - 1 and begun <= end
    ]


def _end(case: Case) -> float:
    """When the request ended; of one that never did, when the last of the others was over."""
    if case.end is not None:
        return case.end
    requests = case.trial.client.requests
    ends = [end for end in requests.end if end is not None] if requests else []
    return max([case.start, *ends])
