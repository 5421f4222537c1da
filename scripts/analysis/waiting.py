"""Rules of causes: the request waited: for a connection, for being accepted, or for its answer."""

from __future__ import annotations

from typing import Literal

from scripts.analysis.catalogue import (
    BACKLOG,
    LATE_CLIENT,
    SLOW_SERVER,
    STARVED,
    Cause,
    LateAnswer,
    LateReading,
    NeverAccepted,
    Rule,
    Starved,
    Sure,
    because,
)
from scripts.analysis.connections import Case, is_half, pool_full, stall_in

MOSTLY = 0.8
"""Share of a span that a stall must cover to be what the span was lost to."""


def starved(case: Case) -> Cause | None:
    """No connection in time: said outright, or a timeout before anything was written."""
    outright = case.symptom == "pool timeout"
    queued = case.symptom == "timeout" and case.client is None and pool_full(case)
    if not outright and not queued:
        return None
    stalled = stall_in(case, case.start, case.end)
    evidence = Starved(
        None if case.end is None else case.end - case.start,
        stalled,
        "event loop" if is_half(stalled, case.start, case.end) else "queue",
    )
    return because(case, STARVED, evidence, "certain" if outright else "likely")


def never_accepted(case: Case) -> Cause | None:
    """Written on a connection that the kernel made and the server never accepted."""
    if case.symptom not in ("read timeout", "timeout", "gone") or case.client is None:
        return None
    if not case.noted or case.trial.outcome != "completed":
        return None
    accepted = case.trial.server.connections or ()
    if any(connection.port == case.client.port for connection in accepted):
        return None
    return because(case, BACKLOG, NeverAccepted(case.written))


def timed_out(case: Case) -> Cause | None:
    """Written and read by the server, but no whole answer in time: whose time was it?"""
    if case.symptom not in ("read timeout", "timeout") or case.server is None or case.end is None:
        return None
    written = case.written or case.start
    waited = case.end - written
    if case.arrival is None:
        return because(case, SLOW_SERVER, LateAnswer(waited, "read nothing"))
    _, answered = case.arrival
    stalled = stall_in(case, written if answered is None else answered, case.end)
    if answered is not None and answered < case.end and stalled >= MOSTLY * (case.end - answered):
        return because(case, LATE_CLIENT, LateReading(case.end - answered, stalled))
    if stalled > 0:
        return None  # partly the server's time, partly the client's
    # A relay does not see whether a server has accepted what the system holds ready for it.
    answers = any(answer is not None for _, answer in case.server.arrivals)
    sure: Sure = "likely" if case.trial.server.noted_by == "relay" and not answers else "certain"
    late = LateAnswer(waited, _progress(case, answered, case.end))
    return because(case, SLOW_SERVER, late, sure)


def _progress(
    case: Case, answered: float | None, end: float
) -> Literal["answered nothing", "still sending", "not done"]:
    """How far the server's answer was when the client gave up."""
    if answered is not None and answered <= end:
        return "not done"
    if answered is not None and case.first_byte is not None:
        return "still sending"
    return "answered nothing"


RULES: tuple[Rule, ...] = (starved, never_accepted, timed_out)
"""Asked in this order."""
