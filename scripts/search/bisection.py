"""Since which point? Says which trial to run next, given the ones so far.

Pure: whoever runs the trials feeds them back in, and a stored series is fed back the same way.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scripts.analysis import readings, signals
from scripts.analysis.rates import Rate, rate
from scripts.analysis.readings import Reading, Record, of, untestable
from scripts.domain.trial import Target, Trial
from scripts.search import attribution
from scripts.search.changepoint import Answer, Search
from scripts.search.question import Point, Question
from scripts.trials.campaign import STARTING

EACH_END = 3
"""Trials of either end that set what slow means."""

WIDENING = 3
"""Trials of a point at least, while the good or the bad end is sought."""

MOST_GOOD = 40
"""Trials of a point at most before it counts as the good end."""

CERTAIN = 6
"""Trials of both ends after which two that are the wrong way round are surely so."""


@dataclass(frozen=True)
class Step:
    """The next trial: its number in the series, what to run, and why."""

    round: int
    target: Target
    why: str


class Bisection:
    """A question and its trials so far.

    Args:
        question: what is asked.

    Attributes:
        records: every trial taken in, in order.
        search: what they say about the points.
        first, last: indices of the two ends, which move inward while an end is sought.
        reached: the step the search is sure of, and how many trials it took to be; None while it
            is not.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.signal = signals.parse(question.signal)
        self.records: list[Record] = []
        self.reached: tuple[int, int] | None = None
        self.first, self.last = 0, len(question.points) - 1
        self.widening = question.widen
        self.place = {point.target: index for index, point in enumerate(question.points)}
        self.search = Search(len(question.points))
        self._offset = 1

    def take(self, step: Step, trial: Trial, control: Trial | None) -> Reading:
        """Take in the trial that a step asked for; returns what it says."""
        reading = readings.read(self.signal, trial, control)
        record = Record(step.target, trial, control, reading)
        self.records.append(record)
        if self._unset:
            self._set_threshold()
        if self.widening:
            self._widen()
        self.search = self._searched()
        if step.target in self.place:
            self._notice_certainty()
        return record.reading

    def next(self) -> Step | None:
        """The next trial to run; None when the question is answered or its trials are used up."""
        if len(self.records) >= self.question.most:
            return None
        target, why = self._wanted()
        return None if target is None else Step(following(self.records), target, why)

    def soon(self, step: Step) -> list[Target]:
        """Targets likely to be tried after a step, whichever way it goes."""
        if step.target not in self.place or len(self.usable) < 2:
            return []
        seconds = costs(self.records, self.question.points)
        found = []
        for bad in (True, False):
            ahead = self._searched()
            ahead.record(self.place[step.target], bad)
            found.append(self.question.points[ahead.next(seconds)].target)
        return found

    @property
    def usable(self) -> list[int]:
        """Indices of the points between the ends that can be tested, as far as is known."""
        return [each for each in self.search.testable if self.first <= each <= self.last]

    @property
    def sure(self) -> Answer | None:
        """The search's answer, where it is as sure as was asked."""
        if len(self.usable) < 2 or self.widening or self._unset:
            return None
        answer = self.search.answer()
        return answer if answer.confidence >= self.question.confidence else None

    def rate(self, among: Sequence[int]) -> Rate:
        """How many trials of some points were bad."""
        return rate(self.search.trials(each) for each in among)

    def sides(self, before: int, step: int) -> attribution.Sides:
        """Both sides of a step, as what separates them wants to know them."""
        points, usable = self.question.points, self.usable
        return attribution.Sides(
            package=self.question.package,
            confidence=self.question.confidence,
            good=points[before].target,
            bad=points[step].target,
            fix=self.question.fix,
            low=self.rate([each for each in usable if each <= before]),
            high=self.rate([each for each in usable if each >= step]),
            records=self.records,
        )

    def said(self, target: Target) -> list[Record]:
        """The trials of one target, in order."""
        return of(target, self.records)

    def _wanted(self) -> tuple[Target | None, str]:
        """What to run next, and why."""
        points = self.question.points
        if self.widening:
            known = self.search.trials(len(points) - 1)
            unknown = not known[0] or known[1] < EACH_END
            if self.widening == "good" and unknown and known[1] < MOST_GOOD:
                return points[-1].target, "how often the bad end is bad"
            return points[self._edge()].target, f"looking for the {self.widening} end"
        if len(self.usable) < 2:
            return None, ""
        ends = (self.usable[-1], self.usable[0])
        counts = {end: len(self._values(end)) for end in ends}
        fewest = min(ends, key=lambda end: counts[end])
        if counts[fewest] < (EACH_END if self._unset else 1):
            return points[fewest].target, "verifying the ends"
        answer = self.sure
        if answer is None:
            point = self.search.next(costs(self.records, points))
            return points[point].target, self._doubt()
        if answer.step is None or answer.before is None:
            low, high = (self.rate([end]) for end in (self.usable[0], self.usable[-1]))
            inverted = low.bad * high.trials > high.bad * low.trials
            if inverted and counts[fewest] < CERTAIN:
                return points[fewest].target, "the ends look swapped"
            return None, ""
        since = self.reached[1] if self.reached else 0
        again = {each.target for each in self.records[since:]}
        for each in (answer.step, answer.before, *ends):
            if points[each].target not in again:
                return points[each].target, "confirming"
        sides = self.sides(answer.before, answer.step)
        return attribution.wanted(sides), "separating what moved together"

    def _doubt(self) -> str:
        """What the search holds likeliest so far."""
        answer = self.search.answer()
        if answer.step is None:
            return f"so far nothing changes ({answer.unchanged:.0%})"
        # In version order the later side of the step; a search for a fix runs the other way.
        newer = answer.before if self.question.fix and answer.before is not None else answer.step
        return f"so far {self.question.points[newer].name} ({answer.candidates[0][1]:.0%})"

    def _searched(self) -> Search:
        """The search, from all trials so far."""
        found = Search(len(self.question.points))
        for point, wanted in enumerate(self.question.points):
            records = self.said(wanted.target)
            if not self.first <= point <= self.last or untestable(records):
                found.skip(point)
                continue
            for each in records:
                if each.reading.bad is not None:
                    found.record(point, each.reading.bad, each.reading.grade)
        return found

    def _values(self, point: int) -> list[Reading]:
        """What the trials of a point said, leaving out those that said nothing at all."""
        records = self.said(self.question.points[point].target)
        return [each.reading for each in records if not each.reading.silent]

    @property
    def _unset(self) -> bool:
        return self.signal.needs_control and self.signal.threshold is None

    def _set_threshold(self) -> None:
        """Set what slow means, once both ends have been measured often enough."""
        usable = self.usable
        if len(usable) < 2:
            return
        good, bad = (
            [each.value for each in self._values(end) if each.value is not None]
            for end in (usable[0], usable[-1])
        )
        if len(good) >= EACH_END and len(bad) >= EACH_END:
            threshold = readings.between(good, bad) or readings.SLOWER * statistics.median(good)
            self.signal = dataclasses.replace(self.signal, threshold=threshold)
            for each in self.records:
                each.reading = readings.read(self.signal, each.trial, each.control)

    def _edge(self) -> int:
        """The point that is tried as the missing end: one, two, four, ... away from the known."""
        last = len(self.question.points) - 1
        return min(last, self._offset) if self.widening == "bad" else max(0, last - self._offset)

    def _widen(self) -> None:
        """Decide whether the point tried as the missing end is one, and cut the row there."""
        edge, bad = self._edge(), self.widening == "bad"
        records = self.said(self.question.points[edge].target)
        known = [each.reading.bad for each in records if each.reading.bad is not None]
        needed = WIDENING if bad else self._goods_needed()
        # One bad trial makes a point bad; it takes several good ones to make it good.
        found = any(known) if bad else len(known) >= needed and not any(known)
        if found:
            self.first, self.last = (0, edge) if bad else (edge, self.last)
        elif not untestable(records) and len(known) < needed and not any(known):
            return
        if found or self._offset >= len(self.question.points) - 1:
            self.widening = ""
        self._offset *= 2

    def _goods_needed(self) -> int:
        """Good trials in a row after which a point that is bad as often as the bad end is would
        almost surely have been bad once."""
        bad, whole = self._searched().trials(len(self.question.points) - 1)
        rate = (bad + 0.5) / (whole + 1)
        needed = math.log(1 - self.question.confidence) / math.log(1 - rate)
        return min(MOST_GOOD, max(WIDENING, math.ceil(needed)))

    def _notice_certainty(self) -> None:
        """Remember when the search became sure of its present answer."""
        answer = self.sure
        if answer is None or answer.step is None:
            self.reached = None
        elif self.reached is None or self.reached[0] != answer.step:
            self.reached = (answer.step, len(self.records))


def following(records: Sequence[Record]) -> int:
    """The number of the round after those that were run."""
    return 1 + max(len(records), *(each.trial.place.round for each in records), 0)


def costs(records: Sequence[Record], points: Sequence[Point]) -> list[float]:
    """Seconds that a trial of each point takes: as its own took, else as all did.

    Args:
        records: the trials so far, with their controls.
        points: the points.
    """
    walls: dict[Target, list[float]] = {}
    for each in records:
        beside = each.control.client.wall if each.control is not None else None
        seconds = (each.trial.client.wall or 0.0) + (beside or 0.0) + STARTING
        walls.setdefault(each.target, []).append(seconds)
    every = [each for group in walls.values() for each in group] or [STARTING]
    overall = statistics.median(every)
    return [
        statistics.median(walls[each.target]) if each.target in walls else overall
        for each in points
    ]
