"""A history as JSON."""

from __future__ import annotations

import math
from typing import Literal

import msgspec
from msgspec import UNSET

from scripts.analysis.rates import Rate
from scripts.domain.trial import Load
from scripts.report.document import TrialsDocument
from scripts.report.findings import change_words, line_words
from scripts.search.release_line import Change, LinePoint, LineVerdict, ReleaseLine
from scripts.search.tally import BadEnd


class PrintedPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the line.

    Attributes:
        name: of the release.
        day: of the release (YYYY-MM-DD).
        rate: of its bad trials; null where it has none that say anything.
        values: what its trials were judged by, where that is a number (ratio, seconds or bytes);
            null for one that has no end.
        instead: what else its trials showed, by name, with how many of them did.
        yanked: whether its project withdrew it.
        moved: of a day, what is installed otherwise than at the point before: name -> (version
            before, version from then on); null for what is not installed.
    """

    name: str
    day: str | None
    rate: Rate | None
    values: list[float | None]
    instead: dict[str, int]
    yanked: bool
    moved: dict[str, tuple[str | None, str | None]]


class PrintedChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change along the line.

    Attributes:
        older: name of the point before it that was tried, in version order.
        newer: name of the point from it on.
        days: of the two.
        between: names of points between them that were not tried, or could not be.
        confidence: that something changes there, 0 to 1.
        direction: which way.
        before: rate of bad trials of the segment before it.
        after: rate of bad trials of the segment from it on.
        levels: medians of the values of both segments, where values count instead; null for one
            that is not known.
        moved: packages that were at another version from there on, so that the change may
            be theirs, or of days all that were installed at another: name -> (version before,
            version after), null for one that is not there.
        words: the same in a sentence.
    """

    older: str
    newer: str
    days: tuple[str | None, str | None]
    between: list[str]
    confidence: float
    direction: Literal["worse", "better"]
    before: Rate
    after: Rate
    levels: tuple[float | None, float | None] | None
    moved: dict[str, tuple[str | None, str | None]]
    words: str


class PrintedHistory(TrialsDocument, frozen=True, kw_only=True, tag="history"):
    """Every change along the releases of a package, or along the days.

    Attributes:
        verdict: whether the line changes at these places and nowhere else, does not change, or
            stays undecided.
        words: the same in a few words.
        package: whose points these are; empty where they are days.
        signal: what bad means.
        load: under which load.
        points: in version order.
        changes: those that are likely enough; of a line that is undecided there may be others.
        trials: how many say something.
        silent: how many more say nothing.
        confidence: that the changes are these, and no others, 0 to 1.
        ended: how the bad trials ended, the most frequent first, where any status was sought.
        likeliest: (older point, newer point, probability) of the likeliest changes of a line that
            is undecided, those among the changes left out.
    """

    version: Literal[1]
    verdict: LineVerdict
    words: str
    package: str
    signal: str
    load: Load
    points: list[PrintedPoint]
    changes: list[PrintedChange]
    trials: int
    silent: int
    confidence: float
    ended: list[BadEnd]
    likeliest: list[tuple[str, str, float]]


def printed_history(line: ReleaseLine, load: Load) -> PrintedHistory:
    """A history as JSON has it.

    Args:
        line: what it found.
        load: under which its trials ran.
    """
    return PrintedHistory(
        version=1,
        verdict=line.verdict,
        words=line_words(line),
        package=line.package,
        signal=line.signal,
        load=load,
        points=[_point(point) for point in line.points],
        changes=[_change(change, line.by_day) for change in line.changes],
        trials=line.trials,
        silent=line.silent,
        confidence=line.confidence,
        ended=line.ended,
        likeliest=line.likeliest,
        hosts=line.hosts or UNSET,
    )


def _point(point: LinePoint) -> PrintedPoint:
    return PrintedPoint(
        name=point.name,
        day=point.day,
        rate=point.rate,
        values=[_finite(value) for value in point.values],
        instead=point.instead,
        yanked=point.yanked,
        moved=point.moved,
    )


def _change(change: Change, by_day: bool) -> PrintedChange:
    levels = None
    if change.levels is not None:
        levels = _finite(change.levels[0]), _finite(change.levels[1])
    return PrintedChange(
        older=change.before,
        newer=change.after,
        days=change.days,
        between=change.between,
        confidence=change.confidence,
        direction=change.direction,
        before=change.old,
        after=change.new,
        levels=levels,
        moved=change.moved,
        words=change_words(change, by_day),
    )


def _finite(value: float) -> float | None:
    """A number as JSON can hold it."""
    return value if math.isfinite(value) else None
