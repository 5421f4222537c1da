"""One failure's story: what both ends of its connection did, moment by moment."""

from __future__ import annotations

import errno
from collections.abc import Sequence

import msgspec

from scripts.analysis.causes import causes
from scripts.analysis.connections import Case, cases
from scripts.domain.problems import UsageProblem
from scripts.domain.trial import Trial
from scripts.domain.words import chain_words
from scripts.report.causes import Explained, explained, sentence

BEFORE = 3
"""How many earlier requests of the connection the timeline shows."""


class Moment(msgspec.Struct, frozen=True):
    """One line of a timeline: seconds from the failed request's end, which side, and what."""

    at: float
    side: str
    what: str


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """All that one screen shows of a failed request.

    Attributes:
        trial: campaign/order.
        target, load: what ran, by name.
        cause: why it failed.
        chain: the exceptions, in words.
        moments: the timeline, in order of time; seconds relative to the request's end.
        stalls: (from, to) of the times the client's event loop stood still meanwhile; likewise.
        client_advice, server_advice: what to change.
        others: how many other requests of the trial failed of each cause.
    """

    trial: str
    target: str
    load: str
    cause: Explained
    chain: str
    moments: list[Moment]
    stalls: list[tuple[float, float]]
    client_advice: str
    server_advice: str
    others: dict[str, int]


def story(trial: Trial, request: int | None) -> Story:
    """The story of one failed request.

    Args:
        trial: the trial it failed in.
        request: its number; None for the first that failed.

    Raises:
        UsageProblem: no request failed, there is no such request, or that one did not fail.
    """
    found = causes(trial)
    known = {case.number: case for case in cases(trial)}
    if not found:
        raise UsageProblem(
            f"no request of this trial failed ({trial.outcome}): nothing to explain."
        )
    if request is None:
        cause = found[0]
    else:
        chosen = [each for each in found if each.request == request]
        if not chosen:
            failed = ", ".join(str(each.request) for each in found[:12])
            raise UsageProblem(f"request {request} did not fail; those that did: {failed}.")
        cause = chosen[0]
    case = known.get(cause.request)
    others: dict[str, int] = {}
    for each in found:
        if each is not cause:
            others[each.name] = others.get(each.name, 0) + 1
    return Story(
        trial=trial.name,
        target=trial.target.name,
        load=trial.load.name,
        cause=explained(cause),
        chain=chain_words(case.chain) if case else "",
        moments=timeline(case) if case else [],
        stalls=stalls(case) if case else [],
        client_advice=cause.advice.client,
        server_advice=cause.advice.server,
        others=others,
    )


def timeline(case: Case) -> list[Moment]:
    """What happened to a failed request and its connection, both ends, in order of time."""
    end = case.end if case.end is not None else _latest(case)
    found: list[tuple[float | None, str, str]] = [(case.start, "client", "request begins")]
    first = max(0, case.turn - BEFORE)
    client, server = case.client, case.server
    if client is not None:
        found.append((client.opened, "client", f"connection made, port {client.port}"))
        for turn in range(first, case.turn + 1):
            _, tried, wrote, answered = client.turns[turn]
            name = "this request" if turn == case.turn else f"request {client.turns[turn][0]}"
            if turn == case.turn and wrote is not None and wrote - tried > 0.0001:
                found.append((tried, "client", f"{name} is given the connection"))
            words = "is written" if wrote is not None else "finds it gone when it wants to write"
            found.append((tried if wrote is None else wrote, "client", f"{name} {words}"))
            found.append((answered, "client", f"first byte of the answer to {name}"))
        if client.eof is not None and client.eof <= end + 1:
            found.append((client.eof, "client", "event loop sees the end of stream"))
        by = "" if client.closer in (None, case.number) else f", for request {client.closer}"
        found.append((client.closed, "client", f"closes the connection{by}"))
        name = f" with {errno.errorcode.get(client.errno, client.errno)}" if client.errno else ""
        found.append((client.lost, "client", f"event loop gives the connection up{name}"))
    if server is not None:
        found.append((server.opened, "server", "accepts the connection"))
        for turn in range(first, min(case.turn + 1, len(server.arrivals))):
            arrived, answered = server.arrivals[turn]
            name = (
                "this request"
                if turn == case.turn
                else f"request {client.turns[turn][0]}"
                if (client is not None and turn < len(client.turns))
                else "a request"
            )
            found.append((arrived, "server", f"{name} arrives"))
            found.append((answered, "server", f"{name} is answered"))
        found.append((server.timer, "server", "keep-alive timer fires"))
        found.append((server.closed, "server", f"closes the connection ({server.how})"))
        found.append((server.eof, "server", "sees the client's end of stream"))
    for begun, over in stalls(case):
        words = f"event loop stands still for {over - begun:.2f} s"
        found.append((end + begun, "client", words))
    if case.end is not None:
        kind = case.chain[0].type if case.chain else "an exception"
        found.append((case.end, "client", f"this request fails with {kind}"))
    shown = [Moment(at - end, side, what) for at, side, what in found if at is not None]
    return sorted((each for each in shown if each.at <= 1), key=lambda moment: moment.at)


def stalls(case: Case) -> list[tuple[float, float]]:
    """When the client's event loop stood still, from a second before the request was given a
    connection on: (from, to), in seconds relative to the request's end.
    """
    if case.trial.client.lag is None:
        return []
    end = case.end if case.end is not None else _latest(case)
    since = case.tried if case.tried is not None else case.start
    return [
        (begun - end, over - end)
        for begun, over in case.trial.client.lag.stalls
        if over >= since - 1 and begun <= end
    ]


def _latest(case: Case) -> float:
    ends = (
        [each for each in case.trial.client.requests.end if each is not None]
        if case.trial.client.requests
        else []
    )
    return max([case.start, *ends])


def slices(trial: Trial) -> dict[str, Sequence[dict[str, object]]]:
    """A trial in the Trace Event format, which Perfetto and chrome://tracing open.

    One process is the client (a track for each connection, requests as slices on it), one the
    server (the same connections as it saw them), one the client's event loop (its stalls).
    Times are microseconds from the trial's zero.

    Format: "Trace Event Format", the Chromium project.
    """
    client, server, loop = 1, 2, 3
    names = {client: "client", server: "server", loop: "client's event loop"}
    events: list[dict[str, object]] = [
        {"ph": "M", "name": "process_name", "pid": pid, "tid": 0, "args": {"name": name}}
        for pid, name in names.items()
    ]

    def add(phase: str, pid: int, tid: int, at: float, name: str, **more: object) -> None:
        scope = {"s": "t"} if phase == "i" else {}
        stamp = round(at * 1e6)
        events.append(
            {"ph": phase, "pid": pid, "tid": tid, "ts": stamp, "name": name, **scope, **more}
        )

    def span(pid: int, tid: int, at: float, until: float, name: str, **more: object) -> None:
        add("X", pid, tid, at, name, dur=max(1, round((until - at) * 1e6)), **more)

    last = max([0.0, *(_times(trial))])
    ends = trial.client.requests.end if trial.client.requests else []
    for pid, side in ((client, trial.client.connections), (server, trial.server.connections or [])):
        for tid, each in enumerate(side, 1):
            label = f"connection {each.port}"
            events.append(
                {"ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": {"name": label}}
            )
            over = each.lost if each.lost is not None else last
            span(pid, tid, each.opened, max(over, each.opened), label)
            for request, tried, wrote, answered in each.turns:
                end = ends[request] if request is not None and request < len(ends) else None
                until = end if end is not None else over
                name = f"request {request}"
                span(pid, tid, tried, until, name, args={"written": wrote, "answered": answered})
            for number, (arrived, answered) in enumerate(each.arrivals):
                span(pid, tid, arrived, answered or over, f"request {number} of the connection")
            for name, at in (
                ("keep-alive timer", each.timer),
                (f"closed ({each.how})", each.closed),
                ("end of stream seen", each.eof),
            ):
                if at is not None:
                    add("i", pid, tid, at, name)
    for begun, over in trial.client.lag.stalls if trial.client.lag else ():
        span(loop, 1, begun, over, "standing still")
    places = {each.port: tid for tid, each in enumerate(trial.client.connections, 1)}
    for cause in causes(trial):
        if cause.request is not None and trial.client.requests is not None:
            at = trial.client.requests.end[cause.request]
            tid = places.get(cause.port or 0, 0)
            if at is not None:
                words = f"request {cause.request} fails: {cause.name}"
                add("i", client, tid, at, words, args={"sentence": sentence(cause)})
    return {"traceEvents": events}


def _times(trial: Trial) -> list[float]:
    moments = (
        [each for each in trial.client.requests.end if each is not None]
        if trial.client.requests
        else []
    )
    for each in [*trial.client.connections, *(trial.server.connections or [])]:
        moments += [at for at in (each.opened, each.closed, each.lost) if at is not None]
    return moments
