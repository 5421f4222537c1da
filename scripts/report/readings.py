"""What a trial says about a signal, in words."""

from __future__ import annotations

from scripts.analysis.readings import (
    Affected,
    Amount,
    Ended,
    Percentile,
    Printed,
    Ratio,
    Reading,
    Silent,
)
from scripts.analysis.signals import BYTES
from scripts.domain.words import status_words

STRAYS = {
    "exit": "caught and left with",
    "thread": "in a thread",
    "unraisable": "where none can be raised",
    "task": "in a task that nobody awaits",
    "printed": "in a traceback that was printed",
}
"""Where an exception ended that ended neither a request nor the script."""


def words(reading: Reading) -> str:
    """What a reading rests on, in a line."""
    match reading.basis:
        case Silent():
            return _silent(reading.basis, ", ".join(reading.other))
        case Ended():
            return ended_words(reading.basis)
        case Affected(affected, requests, otherwise, where):
            count = f"{affected} of {requests} requests"
            if requests is None:
                count = "shown" if affected else "not shown"
            count += f", {STRAYS[where]}" if where else ""
            rest = f"; {otherwise} failed otherwise ({', '.join(reading.other)})"
            return count + (rest if reading.other else "")
        case Printed(stream, line):
            return f"{stream}: {line}" if line else f"no such line in {stream}"
        case Ratio(ratio, threshold):
            bound = "" if threshold is None else f" (bad is above {threshold:.2f})"
            return f"{ratio:.2f} x the control{bound}"
        case Percentile(percentile, seconds):
            return f"p{percentile} {seconds:.3f} s"
        case Amount(measure, amount, threshold):
            bound = "" if threshold is None else f" (bad is above {_amount(measure, threshold)})"
            return f"{_amount(measure, amount)}{bound}"


def ended_words(ended: Ended) -> str:
    """How a client ended: "status 1 (RuntimeError)", "signal SIGSEGV", "hung"."""
    if ended.exit_status is None:
        return ended.outcome
    return exit_words(ended.exit_status, ended.exception)


def exit_words(status: int | None, exception: str) -> str:
    """An exit status with the exception behind it, where one is known."""
    return status_words(status) + (f" ({exception})" if exception else "")


def _amount(measure: str, amount: float) -> str:
    return f"{amount / BYTES['MB']:.1f} MB" if measure == "memory" else f"{amount:.3f} s"


def _silent(silent: Silent, other: str) -> str:
    """Why a trial says nothing.

    Args:
        silent: the reason.
        other: what was seen instead, by name.
    """
    match silent.reason:
        case "not measured":
            return f"{silent.outcome}: {silent.detail}"
        case "overloaded":
            return f"{silent.detail}, on a machine overloaded by others"
        case "skipped":
            return "the script ended with status 125: it cannot tell"
        case "ended early":
            return other
        case "ended otherwise":
            return f"ended in {other}, before it could show the signal"
        case "too few":
            able, sent = silent.able
            return f"only {able} of {sent} requests could have shown it ({other or 'unanswered'})"
        case "output cut":
            return "it printed more than is kept"
        case "no cost":
            return "it or its control was not measured"
        case "no amount":
            return "what it took was not measured"
        case "no requests":
            return "its requests were not recorded, or there were none"
        case "unknown cause":
            return "a request failed of an unknown cause"
