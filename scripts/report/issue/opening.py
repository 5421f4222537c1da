"""What a report opens with: what fails, for whom, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from scripts.analysis.summary import Row
from scripts.domain import libraries
from scripts.domain.trial import LOADS
from scripts.report import overview
from scripts.report.cells import exceptions, load_in_short
from scripts.report.issue.evidence import Evidence


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What a target lost.

    Attributes:
        name: what it is called.
        failed, requests: how many of how many.
        exceptions: which were raised, each with how many.
        failing, trials: how many trials of how many failed.
        low, high: the interval of their rate, 0 to 1.
    """

    name: str
    failed: int
    requests: int
    exceptions: list[tuple[str, int]]
    failing: int
    trials: int
    low: float
    high: float


class BusyCaller(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller that blocks the event loop loses.

    Attributes:
        title: what it does.
        loss: of the newest release so called.
        calm: what the same loses where the caller does not; None where that was not measured.
    """

    title: str
    loss: Loss
    calm: Row | None


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What fails, and how often.

    Attributes:
        load: under which load, in words; empty where none failed.
        tried: every target, by name; trials: how many, of them all.
        busy: what a busy caller loses; None where it loses no more than one that is not.
        newest: what the told target loses, else the newest that fails; None where none does.
        free: whether no caller blocks the event loop there.
        control: what the control did under that load; None where that was not measured.
        usual: what the newest that fails loses under the document's own load; None where none does.
        keep_alive: that load's, in seconds.
    """

    load: str
    tried: list[str]
    trials: int
    busy: BusyCaller | None
    newest: Loss | None
    free: bool
    control: Row | None
    usual: Loss | None
    keep_alive: float


def opening(evidence: Evidence) -> Opening:
    """What fails, and how often, of evidence."""
    tried = [row for row in evidence.summary.rows if row.trials]
    failing = [row for row in tried if row.failing]
    told, busy = row_of_story(evidence), _busy_caller(evidence)
    newest = failing[-1] if failing else None
    if is_busy(evidence) and busy is not None:
        newest = None  # that of the busy caller is told
    elif told is not None:
        newest, busy = told, None
    shown = told or (failing[-1] if failing else None)
    return Opening(
        load=load_in_short(shown.load) if shown else "",
        tried=list(dict.fromkeys(row.target.name for row in tried)),
        trials=sum(row.trials for row in tried),
        busy=busy,
        newest=_loss(newest, overview.paired(newest.target.name)) if newest else None,
        free=_script_is(newest, "script"),
        control=evidence.control,
        usual=None if busy or newest is None else _usual(failing, shown),
        keep_alive=LOADS["document"].keep_alive or 0.0,
    )


def _usual(failing: Sequence[Row], shown: Row | None) -> Loss | None:
    """What is lost under the document's own load; None where none is told that it is the same of,
    with clocks ten times slower, or where nothing is lost.
    """
    rows = [row for row in failing if row.load == LOADS["document"]]
    if not rows or shown is None or shown.load != LOADS["compressed"]:
        return None
    return _loss(rows[-1], overview.paired(rows[-1].target.name))


def is_busy(evidence: Evidence) -> bool:
    """Whether the told failure is one of a caller that blocks the event loop."""
    return _script_is(row_of_story(evidence), "blocking")


def _script_is(row: Row | None, kind: Literal["script", "blocking"]) -> bool:
    """Whether a row ran its axis' own client, or that which blocks the event loop."""
    axis = libraries.axes().get(row.target.axis) if row else None
    return row is not None and axis is not None and getattr(axis, kind) == row.target.script


def _loss(row: Row, name: str) -> Loss:
    low, high = row.failing_interval or (0.0, 1.0)
    return Loss(
        name=name,
        failed=row.failed,
        requests=row.requests,
        exceptions=exceptions(row),
        failing=row.failing,
        trials=row.trials,
        low=low,
        high=high,
    )


def _busy_caller(evidence: Evidence) -> BusyCaller | None:
    blocked = [line for line in evidence.callers if line.verdict == "more"]
    losing = [(line, line.row) for line in blocked if line.row and line.row.failing]
    if not losing:
        return None
    line, row = losing[-1]
    group = line.entry.group
    return BusyCaller(
        title=line.entry.title,
        loss=_loss(row, group),
        calm=next(
            other.row for other in evidence.callers
            if other.entry.group == group and not other.verdict
        ),
    )  # fmt: skip


def row_of_story(evidence: Evidence) -> Row | None:
    """What the target of the told failure did over all trials under its load."""
    if evidence.story is None or evidence.failing is None:
        return None
    told = (evidence.story.target, evidence.failing.load)
    rows = [*evidence.summary.rows, *(line.row for line in evidence.callers if line.row)]
    return next((row for row in rows if (row.target.name, row.load) == told), None)
