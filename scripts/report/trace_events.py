"""A trial in the Trace Event format, which Perfetto and chrome://tracing open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

import msgspec
from msgspec import structs

from scripts.analysis.causes import causes
from scripts.domain.blocked import Blocked
from scripts.domain.trial import Connection, Trial, Turn
from scripts.domain.words import plain
from scripts.report.causes import sentence

CLIENT_PROCESS, SERVER_PROCESS, LOOP_PROCESS = 1, 2, 3
"""The processes of a trace: the two ends, and the client's event loop."""

PROCESSES = {
    CLIENT_PROCESS: "client",
    SERVER_PROCESS: "server",
    LOOP_PROCESS: "client's event loop",
}


class TraceEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event, under the format's own names.

    Attributes:
        ph: its phase: M names a process or a track, X is a span, i a moment.
        pid, tid: process and track.
        name: what is shown.
        ts: microseconds from the trial's zero.
        dur: microseconds that it lasts.
        s: how wide a moment is drawn: t, on its track alone.
        args: more of it.
    """

    ph: str
    pid: int
    tid: int
    name: str
    ts: int | None = None
    dur: int | None = None
    s: str | None = None
    args: Mapping[str, object] | None = None


class Trace(msgspec.Struct, frozen=True, rename="camel"):
    """A whole trial, as the format's file holds it."""

    trace_events: list[TraceEvent]


def trace(trial: Trial) -> Trace:
    """A trial as a trace.

    One process is the client (a track for each connection, requests as slices on it), one the
    server (the same connections as it saw them), one the client's event loop (its stalls, and what
    it was seen to do in them).

    Format: "Trace Event Format", the Chromium project.
    """
    events = [
        TraceEvent("M", process, 0, "process_name", args={"name": name})
        for process, name in PROCESSES.items()
    ]
    last = max([0.0, *_times(trial)])
    for process, connections in (
        (CLIENT_PROCESS, trial.client.connections),
        (SERVER_PROCESS, trial.server.connections or []),
    ):
        for track, connection in enumerate(connections, 1):
            events += _connection(trial, connection, (process, track), last)
    lag = trial.client.lag
    for begun, over in lag.stalls if lag else ():
        events.append(_span((LOOP_PROCESS, 1), begun, over, "blocked"))
    if lag and lag.blocked:
        events += _samples(lag.blocked)
    return Trace([*events, *_failures(trial)])


Track = tuple[int, int]
"""A process and one of its tracks."""


def _connection(
    trial: Trial, connection: Connection, track: Track, last: float
) -> Iterator[TraceEvent]:
    """A connection's track: itself, its requests, and its turning points.

    Args:
        trial: of which it is.
        connection: as one end saw it.
        track: where it is shown.
        last: when the trial's last event was: until then lasts what was not seen to end.
    """
    label = f"connection {connection.port}"
    yield TraceEvent("M", *track, "thread_name", args={"name": label})
    over = max(connection.opened, last if connection.lost is None else connection.lost)
    yield _span(track, connection.opened, over, label)
    yield from _apart(_requests(trial, connection, track, over), round(over * 1e6))
    for turn in connection.turns:
        if turn.looked is not None:
            name = "looked at: readable" if turn.readable else "looked at: nothing to read"
            yield _instant(track, turn.looked, name)
    for name, at in (
        ("keep-alive timer", connection.timer),
        (f"closed ({connection.how})", connection.closed),
        ("end of stream seen", connection.eof),
    ):
        if at is not None:
            yield _instant(track, at, name)


def _noted(turn: Turn, end: float | None) -> dict[str, object]:
    """What is shown of a request beside its span, which is cut to its connection's."""
    return {
        "written": turn.wrote,
        "answered": turn.first_byte,
        "over": end,
        "assigned": turn.assigned,
        "assignments": turn.assignments,
        "reading paused since": turn.paused,
    }


def _requests(
    trial: Trial, connection: Connection, track: Track, over: float
) -> Iterator[TraceEvent]:
    """The requests of a connection, at either end.

    Args:
        trial, connection, track: as for the connection.
        over: when it ended.
    """
    ends = trial.client.requests.end if trial.client.requests else []
    for turn in connection.turns:
        request = turn.request
        end = ends[request] if request is not None and request < len(ends) else None
        until = end if end is not None else over
        yield _span(track, turn.tried, until, f"request {request}", _noted(turn, end))
    for number, (arrived, answered) in enumerate(connection.arrivals):
        yield _span(track, arrived, answered or over, f"request {number} of the connection")


def _apart(spans: Iterable[TraceEvent], over: int) -> Iterator[TraceEvent]:
    """Spans of one track, none of which lasts into the next, nor past the end of their connection.

    A viewer shows a span only beside others, or inside them.

    Args:
        spans: what they are.
        over: when the connection ended, in microseconds.
    """
    ordered = sorted(spans, key=lambda span: span.ts or 0)
    for span, after in zip_longest(ordered, ordered[1:]):
        begun = span.ts or 0
        until = begun + (span.dur or 0)
        if after is not None:
            until = min(until, after.ts or 0)
        if begun < over:
            until = min(until, over)
        yield structs.replace(span, dur=max(1, until - begun))


def _samples(blocked: Blocked) -> Iterator[TraceEvent]:
    """What the loop was seen to do in its stalls, each time as long as it was seen to."""
    names = [plain(f"{frame.function}, {frame.file}:{frame.line}") for frame in blocked.frames]
    for begun, over, index in blocked.spans:
        stack = blocked.stacks[index]
        frames = [names[frame] for frame in stack.frames]
        noted = {"doing": stack.doing, "stack": frames}
        yield _span((LOOP_PROCESS, 1), begun, over, [stack.doing, *frames][-1], noted)


def _failures(trial: Trial) -> Iterator[TraceEvent]:
    """Each failed request with its cause, on its connection's track."""
    tracks = {item.port: number for number, item in enumerate(trial.client.connections, 1)}
    for cause in causes(trial):
        if cause.request is None or trial.client.requests is None:
            continue
        at = trial.client.requests.end[cause.request]
        if at is not None:
            name = f"request {cause.request} fails: {cause.name}"
            track = (CLIENT_PROCESS, tracks.get(cause.port or 0, 0))
            yield _instant(track, at, name, {"sentence": sentence(cause)})


def _span(
    track: Track, since: float, until: float, name: str, args: Mapping[str, object] | None = None
) -> TraceEvent:
    begun = round(since * 1e6)
    return TraceEvent(
        "X", *track, name, ts=begun, dur=max(1, round(until * 1e6) - begun), args=args
    )


def _instant(
    track: Track, at: float, name: str, args: Mapping[str, object] | None = None
) -> TraceEvent:
    return TraceEvent("i", *track, name, ts=round(at * 1e6), s="t", args=args)


def _times(trial: Trial) -> Sequence[float]:
    """When requests ended and connections began and ended."""
    requests = trial.client.requests
    ends = [end for end in requests.end if end is not None] if requests else []
    connections = [*trial.client.connections, *(trial.server.connections or [])]
    noted = [
        at for one in connections for at in (one.opened, one.closed, one.lost) if at is not None
    ]
    return [*ends, *noted]
