"""All changes along a line of releases: good, bad, good again. Coarse first, then finer.

Pure, like a bisection: says which trial to run next, and what the ones so far add up to.
"""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

import msgspec
import numpy as np

from scripts.analysis import readings, signals
from scripts.analysis.rates import Rate, rate
from scripts.analysis.readings import Reading, Record, of, untestable
from scripts.domain.trial import Target, Trial
from scripts.search import segments
from scripts.search.bisection import Step, costs, following
from scripts.search.question import Question

COARSE = 9
"""Points tried first, evenly spread."""

EACH = 2
"""Trials that each of them gets."""

SHOWN = 0.8
"""How likely a change must be to be told."""

ENOUGH = 12
"""Trials of a point after which it is left in doubt, so that one place does not take them all."""

DECIDED = 0.25
"""Bits below which it is no longer worth a trial whether something changes at a place."""


class Stop(msgspec.Struct, frozen=True):
    """One point of a history.

    Attributes:
        name, day: of the release.
        rate: of its bad trials; None where it has none that say anything.
        values: what its trials were judged by, where that is a number: ratio or seconds.
    """

    name: str
    day: str | None
    rate: Rate | None
    values: list[float] = []

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
        old, new: rates of bad trials of the stretches on both sides.
        levels: medians of the values of both stretches, where values count instead.
    """

    before: str
    after: str
    days: tuple[str | None, str | None]
    between: list[str]
    confidence: float
    direction: str
    old: Rate
    new: Rate
    levels: tuple[float, float] | None = None


class Line(msgspec.Struct, frozen=True):
    """A whole history: its points, its changes, and the trials it rests on."""

    package: str
    signal: str
    load: str
    points: list[Stop]
    changes: list[Change]
    trials: int
    silent: int

    @property
    def by_value(self) -> bool:
        """Whether it compares costs, which are judged as levels and never "bad", not rates."""
        return not any(each.rate for each in self.points)


class History:
    """A question about a whole line of points, and its trials so far.

    Args:
        question: what is asked; its points stand in version order.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.signal = signals.parse(question.signal)
        self.by_value = self.signal.needs_control and self.signal.threshold is None
        self.records: list[Record] = []
        self.place = {point.target: index for index, point in enumerate(question.points)}

    def take(self, step: Step, trial: Trial, control: Trial | None) -> Reading:
        """Take in the trial that a step asked for; returns what it says."""
        reading = readings.read(self.signal, trial, control)
        self.records.append(Record(step.target, trial, control, reading))
        return reading

    def next(self) -> Step | None:
        """The next trial to run; None when every point is tried and every place decided."""
        if len(self.records) >= self.question.most:
            return None
        chosen = self._wanted()
        if chosen is None:
            return None
        point, why = chosen
        return Step(following(self.records), self.question.points[point].target, why)

    def soon(self, step: Step) -> list[Target]:  # noqa: ARG002 - whatever the step
        """Targets likely to be tried after a step: those of the coarse grid."""
        return [self.question.points[each].target for each in self._coarse()]

    def line(self) -> Line:
        """What is known, as an answer."""
        names = [each.name for each in self.question.points]
        counts, values = self._counts(), self._values()
        stops = [
            Stop(each.name, each.day, rate([counts[index]]) if counts[index][1] else None, found)
            for index, (each, found) in enumerate(zip(self.question.points, values, strict=True))
        ]
        answered = sum(each.reading.bad is not None for each in self.records)
        if self.by_value:
            answered = sum(each.reading.value is not None for each in self.records)
        places = [each for each in self._places() if each[2] >= SHOWN]
        cuts = [0, *(after for _, after, _ in places), len(names)]
        changes = []
        for (before, after, share), (start, cut), (_, end) in zip(
            places, pairwise(cuts[:-1]), pairwise(cuts[1:]), strict=True
        ):
            old, new = rate(counts[start:cut]), rate(counts[cut:end])
            levels = None
            worse = new.bad * old.trials > old.bad * new.trials
            if self.by_value:
                levels = (_middle(values[start:cut]), _middle(values[cut:end]))
                worse = levels[1] > levels[0]
            days = (self.question.points[before].day, self.question.points[after].day)
            changes.append(
                Change(
                    names[before],
                    names[after],
                    days,
                    names[before + 1 : after],
                    share,
                    "worse" if worse else "better",
                    old,
                    new,
                    levels,
                )
            )
        return Line(
            self.question.package,
            self.question.signal,
            self.question.load.name,
            stops,
            changes,
            answered,
            len(self.records) - answered,
        )

    def _wanted(self) -> tuple[int, str] | None:
        """The next point to try, and why."""
        tried, dead = self._tried(), self._dead()
        for count in range(EACH):
            for point in self._coarse():
                if tried[point] <= count and point not in dead:
                    return point, "a first look"
        best: tuple[float, int, str] | None = None
        seconds = costs(self.records, self.question.points)
        for before, after, share in self._places():
            inside = [each for each in range(before + 1, after) if each not in dead]
            doubt = _coin(share)
            score, point = doubt, min((before, after), key=lambda each: tried[each])
            if inside:
                score = doubt + share * math.log2(len(inside) + 1)
                point = inside[len(inside) // 2]
            if score <= DECIDED or tried[point] >= ENOUGH or point in dead:
                continue
            score /= seconds[point]
            if best is None or score > best[0]:
                names = self.question.points
                words = f"{names[before].name} to {names[after].name} changes: {share:.0%}"
                best = (score, point, words)
        if best is not None:
            return best[1], best[2]
        rest = [each for each in range(len(tried)) if tried[each] < 1 and each not in dead]
        return (rest[len(rest) // 2], "filling in") if rest else None

    def _coarse(self) -> list[int]:
        """The points of the first look, both ends included."""
        last = len(self.question.points) - 1
        count = min(COARSE, last + 1)
        return sorted({round(each * last / max(1, count - 1)) for each in range(count)})

    def _places(self) -> list[tuple[int, int, float]]:
        """Neighbouring tried points, with how likely something changes between them."""
        if self.by_value:
            marginal = segments.levels(self._values())
        else:
            counts = self._counts()
            marginal = segments.rates([each[0] for each in counts], [each[1] for each in counts])
        shares, _ = segments.changes(marginal)
        tried = [index for index, count in enumerate(self._tried()) if count]
        return [
            (before, after, float(min(1.0, np.sum(shares[before:after]))))
            for before, after in pairwise(tried)
        ]

    def _tried(self) -> list[int]:
        """How many trials of each point say something."""
        if self.by_value:
            return [len(each) for each in self._values()]
        return [each[1] for each in self._counts()]

    def _counts(self) -> list[tuple[int, int]]:
        """Bad trials and all trials of each point."""
        counts = [(0, 0)] * len(self.question.points)
        for each in self.records:
            if each.reading.bad is not None:
                bad, whole = counts[self.place[each.target]]
                counts[self.place[each.target]] = (bad + each.reading.bad, whole + 1)
        return counts

    def _values(self) -> list[list[float]]:
        """What the trials of each point were judged by, where that is a number."""
        values: list[list[float]] = [[] for _ in self.question.points]
        for each in self.records:
            if each.reading.value is not None:
                values[self.place[each.target]].append(each.reading.value)
        return values

    def _dead(self) -> set[int]:
        """The points that are given up."""
        return {
            index
            for index, point in enumerate(self.question.points)
            if untestable(of(point.target, self.records))
        }


def _middle(values: list[list[float]]) -> float:
    every = [each for group in values for each in group]
    return statistics.median(every) if every else math.nan


def _coin(p: float) -> float:
    """Entropy in bits of an event of probability p."""
    return -sum(each * math.log2(each) for each in (p, 1 - p) if each > 0)
