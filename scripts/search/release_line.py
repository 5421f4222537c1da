"""A line of releases with its changes, as facts, out of the trials of a history. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from scripts.analysis.hosts import HostEffect, of_records
from scripts.analysis.rates import Rate, rate
from scripts.analysis.surroundings import Versions, surroundings, versions
from scripts.domain import targets
from scripts.domain.pins import SERVER_PREFIX
from scripts.search.history import History, Neighbours
from scripts.search.tally import BadEnd

LIKELY_CHANGE = 0.8
"""How likely a change must be to be shown, of a line that is undecided."""

CANDIDATES = 3
"""Further candidates shown of a line that is undecided."""

WORTH_TELLING = 0.05
"""How likely one of them must be."""


class LinePoint(msgspec.Struct, frozen=True):
    """One point of a history.

    Attributes:
        name, day: of the release.
        rate: of its bad trials; None where it has none that say anything.
        values: what its trials were judged by, where that is a number: ratio, seconds or bytes.
        instead: what else its trials showed, by name, with how many of them did.
        yanked: whether its project withdrew it.
        moved: of a day, what is installed otherwise than at the point before: name -> (version
            before, version from then on); None for what is not installed.
        layer: version of anyio that its trials' clients ran with; empty for none.
    """

    name: str
    day: str | None
    rate: Rate | None
    values: list[float] = []
    instead: dict[str, int] = {}
    yanked: bool = False
    moved: dict[str, tuple[str | None, str | None]] = {}
    layer: str = ""

    @property
    def middle(self) -> float | None:
        """The median of its values."""
        return statistics.median(self.values) if self.values else None


class Change(msgspec.Struct, frozen=True):
    """One change along the line.

    Attributes:
        before, after: names of the neighbouring points that were tried, in version order.
        days: of the two.
        between: names of points between them that were not tried, or could not be.
        confidence: that something changes there, 0 to 1.
        direction: "worse" or "better".
        old, new: rates of bad trials of the segments on both sides.
        levels: medians of the values of both segments, where values count instead.
        moved: packages that were at another version from there on, so that the change may
            be theirs, or of days all that were installed at another: name -> (version before,
            version after), None for one that is not there.
    """

    before: str
    after: str
    days: tuple[str | None, str | None]
    between: list[str]
    confidence: float
    direction: Literal["worse", "better"]
    old: Rate
    new: Rate
    levels: tuple[float, float] | None = None
    moved: Versions = {}


LineVerdict = Literal[
    "changes",  # it changes at these places and nowhere else
    "unchanged",  # it does not change
    "undecided",  # whether and where it changes cannot be told yet
]


class ReleaseLine(msgspec.Struct, frozen=True):
    """A whole history.

    Attributes:
        package, signal, load: of the question; the package is empty where points are days.
        points: in version order.
        changes: those that are likely enough; of a line that is undecided there may be others.
        trials: how many say something; silent: how many more say nothing.
        verdict: what is known of the line as a whole.
        confidence: that the changes are these, and no others, 0 to 1.
        ended: how bad trials ended, the most frequent way first, where any status but 0 is sought.
        likeliest: (earlier point, later point, probability) of the likeliest changes of a line
            that is undecided, those among the changes left out.
        hosts: whether the hosts differ that ran its trials; None where one did.
    """

    package: str
    signal: str
    load: str
    points: list[LinePoint]
    changes: list[Change]
    trials: int
    silent: int
    verdict: LineVerdict
    confidence: float
    ended: list[BadEnd] = []
    likeliest: list[tuple[str, str, float]] = []
    hosts: HostEffect | None = None

    @property
    def by_day(self) -> bool:
        """Whether its points are days of the whole environment, not a package's releases."""
        return not self.package

    @property
    def layers(self) -> list[str]:
        """Versions of anyio that its points ran with, in their order."""
        return list(dict.fromkeys(point.layer for point in self.points if point.layer))

    @property
    def by_value(self) -> bool:
        """Whether it compares costs, which are judged as levels and never "bad", not rates."""
        return not any(point.rate for point in self.points)

    def trials_of(self, point: LinePoint) -> int:
        """How many trials of one of its points say something."""
        if self.by_value:
            return len(point.values)
        return point.rate.trials if point.rate else 0


def release_line(history: History) -> ReleaseLine:
    """What is known of a line of releases, as an answer."""
    question, tally = history.question, history.tally
    answered = tally.measured if history.by_value else tally.judged
    claim = history.claim()
    verdict: LineVerdict = "undecided"
    if history.sure:
        verdict = "changes" if claim.changes else "unchanged"
    likely = [pair for pair in history.neighbours() if pair.share >= LIKELY_CHANGE]
    changes = claim.changes if history.sure else likely
    return ReleaseLine(
        package=question.package,
        signal=question.signal,
        load=question.load.name,
        points=_points(history),
        changes=_changes(history, changes),
        trials=answered,
        silent=len(tally.records) - answered,
        verdict=verdict,
        confidence=claim.confidence,
        ended=tally.bad_ends(),
        likeliest=[] if history.sure else _likeliest(history),
        hosts=of_records(tally.records),
    )


def _likeliest(history: History) -> list[tuple[str, str, float]]:
    """The likeliest places of a change that are not likely enough to be one."""
    points = history.question.points
    doubtful = [pair for pair in history.neighbours() if pair.share < LIKELY_CHANGE]
    doubtful.sort(key=lambda pair: -pair.share)
    return [
        (points[pair.before].name, points[pair.after].name, pair.share)
        for pair in doubtful[:CANDIDATES]
        if pair.share >= WORTH_TELLING
    ]


def _points(history: History) -> list[LinePoint]:
    """Every point of the line, with what its trials say."""
    points: list[LinePoint] = []
    row = history.question.points
    for index, point in enumerate(row):
        count = history.tally.count(index)
        share = rate([count]) if count[1] else None
        values, instead = history.tally.values(index), history.tally.instead(index)
        newly = history.question.by_day and index > 0
        moved = targets.repins(row[index - 1].target, point.target) if newly else {}
        layer = surroundings([record.trial for record in history.tally.at(index)]).layer
        one = LinePoint(point.name, point.day, share, values, instead, point.yanked, moved, layer)
        points.append(one)
    return points


def _changes(history: History, neighbours: Sequence[Neighbours]) -> list[Change]:
    """The changes between these neighbours, with the segments of the line that they part."""
    cuts = [0, *(pair.after for pair in neighbours), len(history.question.points)]
    segments = [range(start, end) for start, end in pairwise(cuts)]
    return [
        _change(history, pair, *sides)
        for pair, sides in zip(neighbours, pairwise(segments), strict=True)
    ]


def _change(history: History, pair: Neighbours, older: range, newer: range) -> Change:
    """The change between two neighbours.

    Args:
        history: the history.
        pair: the two.
        older, newer: indices of the points of the segments on both sides.
    """
    points, tally = history.question.points, history.tally
    old, new = (rate(map(tally.count, segment)) for segment in (older, newer))
    worse = new.bad * old.trials > old.bad * new.trials
    levels = None
    if history.by_value:
        levels = _middle(history, older), _middle(history, newer)
        worse = levels[1] > levels[0]
    return Change(
        before=points[pair.before].name,
        after=points[pair.after].name,
        days=(points[pair.before].day, points[pair.after].day),
        between=[point.name for point in points[pair.before + 1 : pair.after]],
        confidence=pair.share,
        direction="worse" if worse else "better",
        old=old,
        new=new,
        levels=levels,
        moved=_moved(history, pair),
    )


def _moved(history: History, pair: Neighbours) -> Versions:
    """What is held, or of days installed, at another version from one neighbour to the other, or
    was in their trials.
    """
    if history.question.by_day:
        older, newer = (history.question.points[end].target for end in (pair.before, pair.after))
        return targets.repins(older, newer)
    package = history.question.package
    prefix = SERVER_PREFIX if package.startswith(SERVER_PREFIX) else ""
    old, new = (_packages(history, point) for point in (pair.before, pair.after))
    between = {point.name for point in history.question.points[pair.before : pair.after + 1]}
    moved: Versions = {}
    for meeting in history.question.meetings:
        if {meeting.before, meeting.after} <= between:
            moved |= meeting.moved
    if old and new:
        own = versions(old, new, {package.removeprefix(prefix)})
        moved |= {prefix + name: pair for name, pair in own.items()}
    return moved


def _packages(history: History, point: int) -> dict[str, str]:
    """What the trials of a point ran with, on the side that the question is about."""
    trials = [record.trial for record in history.tally.at(point)]
    ran_with = surroundings(trials)
    serving = history.question.package.startswith(SERVER_PREFIX)
    return ran_with.server if serving else ran_with.client


def _middle(history: History, segment: Sequence[int]) -> float:
    """The median of the values of a segment."""
    values = [value for point in segment for value in history.tally.values(point)]
    return statistics.median(values) if values else math.nan
