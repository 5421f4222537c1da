"""What a summary says, in sentences, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET

from scripts.analysis.catalogue import Sure
from scripts.analysis.rates import interval
from scripts.analysis.summary import (
    Disturbed,
    FailureKind,
    Races,
    Row,
    Summary,
    Unmeasured,
    counted_causes,
    widespread,
)
from scripts.analysis.surroundings import Unsaid
from scripts.domain.trial import Load, Target
from scripts.report.advice import advised, of_rows
from scripts.report.document import TrialsDocument
from scripts.report.hosts import host_lines
from scripts.report.races import races_words
from scripts.report.stalls import PrintedBlockage, printed_blockage


class PrintedFailure(msgspec.Struct, frozen=True):
    """One kind of failure of a row, as JSON.

    Attributes:
        chain: the exceptions, the one raised first; where there was none, what happened instead.
        cause: why, or how the trial ended.
        sure: how sure the cause is.
        requests: how many failed this way; trials, where they ended before their requests did.
    """

    chain: str
    cause: str
    sure: Sure
    requests: int


class PrintedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One target under one load, over all its trials, as JSON. What was not measured is null.

    Attributes:
        target: what ran.
        load: under what.
        trials: trials that measured something.
        failing: those in which at least one request failed.
        failing_interval: 95 % interval of the rate of failing trials, 0 to 1.
        requests: over all those trials.
        failed: requests that failed, over all those trials.
        wall: median seconds of a trial.
        ratio: median, over rounds, of the wall time against the same round's control.
        cpu_per_request_ms: median milliseconds of client processor time.
        connections: median number that the server saw opened.
        stalled: median share of the client's time in which its loop was late by over 100 ms.
        longest_stall: median over trials of the longest time, in seconds, the loop was late by.
        blocked: what blocked the client's event loop, over all those trials; null where nothing
            did, or nobody looked.
        closed: median number of connections that the server closed while requests were to come.
        assignments: mean number of times that a request that was written was assigned a connection
            before; null where that was not noted.
        races: how the requests that failed on a stale connection met its close.
        failures: kinds of failure, commonest first.
        unmeasured: trials that say nothing.
        files: the trials the row rests on, as campaign/order.
        unsaid: how it differs from the row it is compared with, beyond what the two are called;
            null where it does not, or where it is compared with none.
    """

    target: Target
    load: Load
    trials: int
    failing: int
    failing_interval: tuple[float, float] | None
    requests: int
    failed: int
    wall: float | None
    ratio: float | None
    cpu_per_request_ms: float | None
    connections: float | None
    stalled: float | None
    longest_stall: float | None
    blocked: PrintedBlockage | None
    closed: float | None
    assignments: float | None
    races: Races
    failures: list[PrintedFailure]
    unmeasured: list[Unmeasured]
    files: list[str]
    unsaid: Unsaid | None


class Matrix(TrialsDocument, frozen=True, kw_only=True, tag="repro"):
    """The document's reproduction across versions: what failed where, and why.

    Attributes:
        rows: one for each target and load.
        sentences: what failed and what did not.
        why: why it failed, and what separates the targets.
        advice: what follows from the cause; nothing of it was measured.
    """

    version: Literal[2]
    rows: list[PrintedRow]
    sentences: list[str]
    why: list[str]
    advice: list[str]


def matrix(summary: Summary) -> Matrix:
    """A summary as `repro --json` prints it."""
    return Matrix(
        version=2,
        rows=[printed_row(row) for row in summary.rows],
        sentences=sentences(summary),
        why=why(summary),
        advice=advice(summary),
        hosts=summary.hosts or UNSET,
    )


def printed_row(row: Row) -> PrintedRow:
    """A row as JSON has it."""
    failures = [
        PrintedFailure(kind_words(kind), kind.cause, kind.sure, kind.requests)
        for kind in row.failures
    ]
    return PrintedRow(
        target=row.target,
        load=row.load,
        trials=row.trials,
        failing=row.failing,
        failing_interval=row.failing_interval,
        requests=row.requests,
        failed=row.failed,
        wall=row.wall,
        ratio=row.ratio,
        cpu_per_request_ms=row.cpu_per_request,
        connections=row.connections,
        stalled=row.stalled,
        longest_stall=row.longest_stall,
        blocked=None if row.blocked is None else printed_blockage(row.blocked),
        closed=row.closed,
        assignments=row.assignments,
        races=row.races,
        failures=failures,
        unmeasured=row.unmeasured,
        files=row.files,
        unsaid=row.unsaid,
    )


def kind_words(kind: FailureKind) -> str:
    """What was raised and what is behind it: "httpx.ReadError < ... < OSError"."""
    if kind.detail is not None:
        return kind.detail
    return " < ".join(kind.chain) or "still under way"


def raised_words(kind: FailureKind) -> str:
    """What was raised: "httpx.ReadError"."""
    return kind.chain[0] if kind.chain else kind_words(kind)


def cause_words(kind: FailureKind) -> str:
    """The cause; one that is only likely says so."""
    return f"{kind.cause} (likely)" if kind.sure == "likely" else kind.cause


def summary_lines(summary: Summary) -> list[str]:
    """All that is said of a summary, line by line."""
    return [*sentences(summary), *why(summary), *advice(summary)]


def sentences(summary: Summary) -> list[str]:
    """What the rows mean, in two or three sentences that say no more than the trials allow."""
    failing, clean = summary.failing, summary.clean
    if not failing and not clean:
        return ["Nothing could be measured."]
    said = []
    if failing:
        said.append("Failed requests: " + "; ".join(_failing_words(row) for row in failing) + ".")
    if clean:
        fewest = min(row.trials for row in clean)
        bound = interval(0, fewest)[1]
        so_many = (
            f"{fewest} such trials still allow" if fewest > 1 else "one such trial still allows"
        )
        said.append(
            f"No failed request in {fewest} or more trials each: "
            + ", ".join(f"{row.target.name} ({row.load.name})" for row in clean)
            + f"; {so_many} up to {bound:.0%} of trials to fail."
        )
    return said


def why(summary: Summary) -> list[str]:
    """Why requests failed, what separates the targets, and what disturbed the trials."""
    said = _cause_words(summary.failing) + _separating_words(summary)
    said += [_disturbed_words(summary.disturbed)] if summary.disturbed else []
    said += [_python_words(summary.pythons)] if summary.pythons else []
    return said + host_lines(summary.hosts)


def advice(summary: Summary) -> list[str]:
    """What to do about each cause, the one that affects most targets first."""
    failing = summary.failing
    said = [_advice_words(name, failing) for name in widespread(failing)]
    listed = ". ".join(f"{words[0].upper()}{words[1:]}" for words in said if words)
    if not listed:
        return []
    return [
        f"What to do (follows from the cause; `nox -s survey -- remedies` measures it): {listed}."
    ]


def _advice_words(cause: str, failing: Sequence[Row]) -> str:
    """What to do about a cause; empty for nothing."""
    advice = advised(cause, of_rows(failing, cause))
    if not (advice.client or advice.server):
        return ""
    sides = {"client's": advice.client, "server's": advice.server}
    words = "; ".join(f"on the {side} side, {change}" for side, change in sides.items() if change)
    return f"{cause}: {words}"


def _cause_words(failing: Sequence[Row]) -> list[str]:
    """Why requests failed, over all rows."""
    names = counted_causes(failing)
    if not names:
        return []
    listed = ", ".join(f"{name} ({count})" for name, count in names.most_common())
    windows = [row.races.window_ms for row in failing if row.races.window_ms]
    if not windows:
        return [f"Why: {listed}."]
    low, high = min(least for least, _, _ in windows), max(most for _, _, most in windows)
    words = races_words(failing)
    return [
        f"Why: {listed}. The client wrote {low:.1f} to {high:.1f} ms after the server had closed "
        f"the stale connection (less than 0: they crossed). {words}",
    ]


def _failing_words(row: Row) -> str:
    return (
        f"{row.target.name} ({row.load.name}) {row.failed} of {row.requests}, "
        f"in {row.failing} of {row.trials} trials"
    )


def _separating_words(summary: Summary) -> list[str]:
    """What differs between targets that failed and those that did not, as medians."""
    words = []
    for name, rows in (("failed", summary.failing), ("did not fail", summary.clean)):
        stalled = [row.stalled for row in rows if row.stalled is not None]
        opened = [
            row.connections / row.limit for row in rows if row.connections is not None and row.limit
        ]
        if stalled and opened:
            words.append(
                f"The loops of targets that {name} were blocked {_span(stalled, '{:.0%}')} of the "
                f"time, and they opened {_span(opened, '{:.1f}')} times the connections that their "
                "pool holds"
            )
    return [". ".join(words) + "."] if words else []


def _disturbed_words(trials: Disturbed) -> str:
    return (
        f"{trials.disturbed} of {trials.trials} trials began under a load average of up to "
        f"{trials.load:.1f}: something else ran, and they may be slower and fail more often than "
        "others."
    )


def _python_words(pythons: Sequence[tuple[str, str]]) -> str:
    """Which Pythons clients ran on where the tooling's was another."""
    by_tool: dict[str, list[str]] = {}
    for client, tool in pythons:
        by_tool.setdefault(tool, []).append(client)
    parts = [f"{', '.join(clients)} under tooling on {tool}" for tool, clients in by_tool.items()]
    return f"Clients ran on Python {'; '.join(parts)}."


def _span(values: Sequence[float], form: str) -> str:
    low, high = form.format(min(values)), form.format(max(values))
    return low if low == high else f"{low} to {high}"
