"""What a summary says, in sentences, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import structs

from scripts.analysis.rates import interval
from scripts.analysis.summary import (
    Disturbed,
    FailureKind,
    Row,
    Summary,
    counted_causes,
    widespread,
)
from scripts.report.advice import advised, of_rows


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """A summary as `repro --json` prints it.

    Attributes:
        rows: one for each target and load, with failures and trials not measured in words.
        sentences: what failed and what did not.
        why: why it failed, and what separates the targets.
        advice: what follows from the cause; nothing of it was measured.
    """

    rows: list[dict[str, object]]
    sentences: list[str]
    why: list[str]
    advice: list[str]


def matrix(summary: Summary) -> Matrix:
    """A summary as `repro --json` prints it."""
    return Matrix(
        rows=[row_record(row) for row in summary.rows],
        sentences=sentences(summary),
        why=why(summary),
        advice=advice(summary),
    )


def row_record(row: Row) -> dict[str, object]:
    """A row as JSON has it: kinds of failure as [chain, cause, requests], trials that were not
    measured as [outcome, reason, trials].
    """
    failures = [(kind_words(kind), cause_words(kind), kind.requests) for kind in row.failures]
    unmeasured = [structs.astuple(kind) for kind in row.unmeasured]
    return structs.asdict(row) | {"failures": failures, "unmeasured": unmeasured}


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
        said.append(
            f"No failed request in {fewest} or more trials each: "
            + ", ".join(f"{row.target.name} ({row.load.name})" for row in clean)
            + f"; {fewest} such trials still allow up to {bound:.0%} of trials to fail."
        )
    return said


def why(summary: Summary) -> list[str]:
    """Why requests failed, what separates the targets, and what disturbed the trials."""
    said = _cause_words(summary.failing) + _separating_words(summary)
    said += [_disturbed_words(summary.disturbed)] if summary.disturbed else []
    return said + ([_python_words(summary.pythons)] if summary.pythons else [])


def advice(summary: Summary) -> list[str]:
    """What to do about each cause, the one that strikes most targets first."""
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
    windows = [row.window for row in failing if row.window]
    if not windows:
        return [f"Why: {listed}."]
    low, high = min(least for least, _, _ in windows), max(most for _, _, most in windows)
    return [
        f"Why: {listed}. The client wrote {low:.1f} to {high:.1f} ms after the server had closed "
        "the stale connection (less than 0: they crossed).",
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
                f"Targets that {name} stood still {_span(stalled, '{:.0%}')} of the time "
                f"and opened {_span(opened, '{:.1f}')} times the connections their pool holds"
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
