"""How often functions were called in one trial, in words."""

from __future__ import annotations

from collections.abc import Iterable

from scripts.analysis.stalls import of_trial
from scripts.domain.blocked import Frame
from scripts.domain.callcounts import CallCounts, FunctionCalls
from scripts.domain.trial import Trial

SHOWN = 12
"""Functions that are shown of those that were called most."""


def call_lines(counts: CallCounts, trial: Trial) -> list[str]:
    """How often functions were called: what blocked the loop, and those called most."""
    if counts.refused is not None:
        return [f"Calls were not counted: {counts.refused}."]
    head = "Python's profiler counted calls, which takes time: this trial enters no rate."
    requests = 0 if trial.client.requests is None else trial.client.request_count
    lines = [_words(count, requests) for count in of_blocking(counts, trial)]
    blocked = ["What blocked the event loop:", *lines] if lines else []
    most = [_words(count, requests) for count in counts.functions[:SHOWN]]
    return [head, *blocked, "Called most:", *most]


def call_rows(counts: CallCounts, trial: Trial) -> list[tuple[str, ...]]:
    """The same of what blocked the loop, a row for each function, as texts."""
    requests = 0 if trial.client.requests is None else trial.client.request_count
    return [
        (
            trial.target.name,
            trial.load.name,
            f"{count.frame.function}, {count.frame.file}:{count.frame.line}",
            f"{count.calls:,}",
            f"{count.calls / requests:,.1f}" if requests else "",
            trial.name,
        )
        for count in of_blocking(counts, trial)
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


def _words(count: FunctionCalls, requests: int) -> str:
    frame = count.frame
    each = f", {count.calls / requests:,.1f} a request" if requests else ""
    resumed = " (each resumption counts)" if count.resumed else ""
    return f"  {count.calls:,} x {frame.function}, {frame.file}:{frame.line}{each}{resumed}"
