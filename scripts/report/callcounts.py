"""How often functions were called in one trial, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from packaging.version import Version

from scripts.analysis.stalls import of_trial
from scripts.domain.blocked import Frame
from scripts.domain.callcounts import CallCounts, FunctionCalls
from scripts.domain.trial import Trial

ALL_THREADS = Version("3.12")
"""Of Python, from which on calls are counted in all threads."""

SHOWN = 12
"""Functions that are shown of those that were called most."""


def call_lines(counts: CallCounts | None, trial: Trial) -> list[str]:
    """How often functions were called: what blocked the loop, and those called most.

    Args:
        counts: None where the client left none.
        trial: in which they were counted.
    """
    refused = "the client left no counts" if counts is None else counts.refused
    if counts is None or refused is not None:
        return [f"Calls were not counted: {refused}."]
    blocking = [_words(count, trial) for count in of_blocking(counts, trial)]
    most = [_words(count, trial) for count in counts.functions[:SHOWN]]
    head = (
        f"Python's profiler counted calls{_where(trial)}, which takes time: this trial enters no "
        "rate."
    )
    blocked = ["What blocked the event loop, so slowed down:", *blocking] if blocking else []
    return [head, *blocked, "Called most:", *most]


def call_rows(counted: Sequence[tuple[Trial, CallCounts]]) -> list[tuple[str, ...]]:
    """How often functions were called that blocked the loop in one of these trials, as texts: a row
    for each trial that has a function of that name. Coroutines are left out, of which each
    resumption counts.

    Args:
        counted: trials, each with what was counted in it.
    """
    names = {
        count.frame.function
        for trial, counts in counted
        for count in of_blocking(counts, trial)
        if not count.resumed
    }
    return [
        (
            trial.target.name,
            trial.load.name,
            _named(count),
            f"{count.calls:,}",
            _each(count, trial),
            trial.name,
        )
        for trial, counts in counted
        for count in counts.functions
        if count.frame.function in names and count.frame.origin == "library"
    ]


def of_blocking(counts: CallCounts, trial: Trial) -> list[FunctionCalls]:
    """The functions in which the trial's loop was blocked, the outer one first, as far as their
    calls were counted.
    """
    blockage = of_trial(trial)
    if blockage is None:
        return []
    times = [time for time in (blockage.function, blockage.inner) if time is not None]
    found = (_of_function(time.frame, counts.functions) for time in times)
    return [count for count in found if count is not None]


def _of_function(frame: Frame, functions: Iterable[FunctionCalls]) -> FunctionCalls | None:
    """A function's calls; None where it was not counted. Its line may be any within it."""
    before = [
        count
        for count in functions
        if (count.frame.function, count.frame.file) == (frame.function, frame.file)
        and count.frame.line <= frame.line
    ]
    return max(before, key=lambda count: count.frame.line, default=None)


def _words(count: FunctionCalls, trial: Trial) -> str:
    each = _each(count, trial)
    return f"  {count.calls:,} x {_named(count)}{f', {each} a request' if each else ''}"


def _named(count: FunctionCalls) -> str:
    frame = count.frame
    resumed = " (each resumption counts)" if count.resumed else ""
    return f"{frame.function}, {frame.file}:{frame.line}{resumed}"


def _each(count: FunctionCalls, trial: Trial) -> str:
    """Calls a request; empty where requests were not recorded, or not in the thread that counts."""
    client = trial.client
    if client.requests is None or client.lag is None or not client.request_count:
        return ""
    return f"{count.calls / client.request_count:,.1f}"


def _where(trial: Trial) -> str:
    """In which threads calls were counted."""
    environment = trial.client.environment
    if environment is None or Version(environment.python) >= ALL_THREADS:
        return ""
    return " of the main thread"
