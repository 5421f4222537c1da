"""Since which point? Says which trial to run next, given the ones so far.

Pure: whoever runs the trials feeds them back in, and a stored series is fed back the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from scripts.analysis import signals
from scripts.analysis.rates import Rate, rate
from scripts.analysis.readings import Reading, Record, Sighting
from scripts.domain.trial import Target, Trial
from scripts.search import attribution, threshold
from scripts.search.changepoint import Answer, Search
from scripts.search.question import Question
from scripts.search.step import Reason, Step, free_round
from scripts.search.tally import Tally
from scripts.search.widening import Widening

SEEMINGLY_SWAPPED = 3
"""Trials of both ends after which two days that are the wrong way round are turned, at no cost."""

SURELY_SWAPPED = 6
"""Trials of both ends after which two that are the wrong way round are surely so."""

LIKELY = 0.5
"""How likely the trials that run must be to make a step sure for it to be confirmed meanwhile."""


class Bisection:
    """A question and its trials so far.

    Args:
        question: what is asked.

    Attributes:
        tally: every trial taken in.
        widening: the two ends, which move inward while one of them is sought.
        search: what the trials say about the points.
        reached: the step the search is sure of, and how many trials it took to be; None where it
            is not.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.tally = Tally(question.points, signals.parse(question.signal))
        self.widening = Widening(question)
        self.search = Search(len(question.points))
        self.reached: tuple[int, int] | None = None

    def take(
        self, step: Step, trial: Trial | Sighting, control: Trial | Sighting | None
    ) -> Reading:
        """Take in the trial that a step asked for; returns what it says."""
        record = self.tally.take(step.target, trial, control)
        settling = self.tally.signal.unset or bool(self.widening.end)
        if self.tally.signal.unset and len(self.usable) >= 2:
            threshold.settle(self.tally, self.usable[0], self.usable[-1])
        if self.widening.end:
            self.widening.narrow(self.tally)
        self._count(record, settling)
        if step.target in self.tally.place:
            self._notice_certainty()
        return record.reading

    def _count(self, record: Record, settling: bool) -> None:
        """Take a trial into the search: by itself, where it leaves all others as they were.

        Args:
            record: the trial.
            settling: whether it may have changed the ends, or what is too much.
        """
        point = self.tally.place.get(record.target)
        if settling or (
            point is not None and self.tally.untestable(point) != (point in self.search.untestable)
        ):
            self.search = search_of(self.tally, self.widening)
        elif (
            point is not None
            and point not in self.search.untestable
            and record.reading.bad is not None
        ):
            self.search.record(point, record.reading.bad)

    def next(self, under_way: Sequence[Step] = ()) -> Step | None:
        """The next trial to run, beside those that run already; None when the question is answered,
        its trials are used up, or those that run are all that is needed by now.
        """
        if len(self.tally.records) + len(under_way) >= self.question.most:
            return None
        choice = self._choice([step.target for step in under_way])
        if choice is None:
            return None
        return Step(free_round(self.tally.following, under_way), *choice)

    def soon(self, step: Step) -> list[Target]:
        """Targets likely to be tried after a step, whichever way it goes."""
        if step.target not in self.tally.place or len(self.usable) < 2:
            return []
        costs = self.tally.costs
        targets = []
        for bad in (True, False):
            ahead = search_of(self.tally, self.widening)
            ahead.record(self.tally.place[step.target], bad)
            targets.append(self.question.points[ahead.next(costs)].target)
        return targets

    @property
    def usable(self) -> list[int]:
        """Indices of the points between the ends that can be tested, as far as is known."""
        first, last = self.widening.first, self.widening.last
        return [point for point in self.search.testable if first <= point <= last]

    @property
    def sure(self) -> Answer | None:
        """The search's answer, where it is as sure as was asked."""
        if len(self.usable) < 2 or self.widening.end or self.tally.signal.unset:
            return None
        answer = self.search.answer()
        if answer.confidence < self.question.confidence:
            return None
        if answer.step is None and self.question.by_day:
            # A step the other way round is no step of this search: that there is none has to be
            # as sure.
            other = mirrored(self.search).answer()
            if other.step is not None or other.confidence < self.question.confidence:
                return None
        return answer

    @property
    def backwards(self) -> bool:
        """Whether its points are days, of which the bad end seems to be the good one: nobody said
        which is which.
        """
        if not self.question.by_day or len(self.usable) < 2:
            return False
        if self.tally.scarcer(self.usable[0], self.usable[-1])[1] < SEEMINGLY_SWAPPED:
            return False
        if signals.parse(self.question.signal).unset:
            # What is too much was set by the end that was taken for good: none exceeds it.
            return threshold.inverted(self.tally, self.usable[0], self.usable[-1])
        answer = self.search.answer()
        if answer.step is not None and answer.confidence >= self.question.confidence:
            return False  # or it would be turned to and fro
        if self.tally.inverted(self.usable[0], self.usable[-1]):
            return True
        other = mirrored(self.search).answer()
        return other.step is not None and other.confidence >= self.question.confidence

    @property
    def mute(self) -> int | None:
        """Index of an end that was named and says nothing; None where there is none such."""
        ends = {"good": self.widening.first, "bad": self.widening.last}
        named = [*self.question.stated, *(["bad"] if self.question.widen == "good" else [])]
        silent = (ends[side] for side in named)
        return next((end for end in silent if end in self.search.untestable), None)

    def rate(self, points: Iterable[int]) -> Rate:
        """How many trials of some points were bad."""
        return rate(self.search.trials(point) for point in points)

    def sides(self, before: int, step: int) -> attribution.Sides:
        """Both sides of a step, as what separates them wants to know them."""
        points, usable = self.question.points, self.usable
        return attribution.Sides(
            package=self.question.package,
            confidence=self.question.confidence,
            good=points[before].target,
            bad=points[step].target,
            low=self.rate(point for point in usable if point <= before),
            high=self.rate(point for point in usable if point >= step),
            tally=self.tally,
        )

    def _choice(self, awaited: Sequence[Target]) -> tuple[Target, Reason] | None:
        """What to run next, and why.

        Args:
            awaited: the target of each trial that runs.
        """
        if self.mute is not None or self.widening.lost:
            return None
        points = self._points(awaited)
        if self.widening.end:
            edge = self.widening.next(self.tally, points)
            return None if edge is None else self._at(*edge)
        if len(self.usable) < 2:
            return None
        end, trials = self.tally.scarcer(self.usable[0], self.usable[-1], points)
        if trials < (threshold.EACH_END if self.tally.signal.unset else 1):
            return self._at(end, Reason("ends"))
        if self.question.by_day and trials < SEEMINGLY_SWAPPED:
            return self._at(end, Reason("ends"))
        if self.backwards:
            return None
        answer = self.sure
        if answer is None:
            ahead = self._ahead(awaited)
            return self._at(self._most_telling(points), self._doubt()) if ahead is None else ahead
        if answer.step is None or answer.before is None:
            if self.tally.inverted(self.usable[0], self.usable[-1]) and trials < SURELY_SWAPPED:
                return self._at(end, Reason("swapped"))
            return None
        return self._check(answer.before, answer.step, awaited)

    def _most_telling(self, awaited: Sequence[int]) -> int:
        """The point whose trial tells most per second; of days where it is sure that no step is one
        way round, the one that tells most of the other.

        Args:
            awaited: the point of each trial that runs.
        """
        answer, costs = self.search.answer(), self.tally.costs
        awaited = [*awaited, *self._points(self.tally.unjudged)]
        sure = answer.step is None and answer.confidence >= self.question.confidence
        if self.question.by_day and sure:
            last = self.search.points - 1
            return last - mirrored(self.search).next(costs[::-1], [last - at for at in awaited])
        return self.search.next(costs, awaited)

    def _points(self, tried: Iterable[Target]) -> list[int]:
        """Indices of the points among some targets."""
        return [self.tally.place[target] for target in tried if target in self.tally.place]

    def _at(self, point: int, reason: Reason) -> tuple[Target, Reason]:
        return self.question.points[point].target, reason

    def _doubt(self) -> Reason:
        """What the search holds likeliest so far."""
        answer = self.search.answer()
        if answer.step is None:
            return Reason("unchanged", probability=answer.unchanged)
        # In version order the later side of the step; a search for a fix runs the other way.
        newer = answer.before if self.question.fix and answer.before is not None else answer.step
        name = self.question.points[newer].name
        return Reason("likeliest", (name,), answer.candidates[0][1])

    def _ahead(self, awaited: Sequence[Target]) -> tuple[Target, Reason] | None:
        """What will have to be run of the step that the trials which run are likely to make sure;
        None where there is none such.
        """
        if not awaited:
            return None
        before, step, share = self.search.settling(self._points(awaited), self.question.confidence)
        return self._confirming(before, step, {*awaited}) if share >= LIKELY else None

    def _confirming(
        self, before: int, step: int, again: Set[Target]
    ) -> tuple[Target, Reason] | None:
        """The points beside a step, then both ends, but for those that are tried again anyway."""
        for point in (step, before, self.usable[-1], self.usable[0]):
            if self.question.points[point].target not in again:
                return self._at(point, Reason("confirming"))
        return None

    def _check(
        self, before: int, step: int, awaited: Sequence[Target]
    ) -> tuple[Target, Reason] | None:
        """What is still to be run of a step that the search is sure of."""
        since = self.reached[1] if self.reached else 0
        again = {record.target for record in self.tally.records[since:]}
        confirming = self._confirming(before, step, {*again, *awaited})
        if confirming is not None:
            return confirming
        if self.question.by_day:
            return None  # what changed on a day is a question of its own
        mixed = attribution.next_mixture(self.sides(before, step), awaited)
        return None if mixed is None else (mixed, Reason("separating"))

    def _notice_certainty(self) -> None:
        """Remember when the search became sure of its present answer."""
        answer = self.sure
        if answer is None or answer.step is None:
            self.reached = None
        elif self.reached is None or self.reached[0] != answer.step:
            self.reached = (answer.step, len(self.tally.records))


def mirrored(search: Search) -> Search:
    """A search over the same trials, with the points the other way round."""
    other = Search(search.points)
    other.untestable = {search.points - 1 - point for point in search.untestable}
    other.bad, other.good = search.bad[::-1].copy(), search.good[::-1].copy()
    return other


def search_of(tally: Tally, ends: Widening) -> Search:
    """What the trials so far say about the points between the ends."""
    search = Search(len(tally.points))
    for point in range(len(tally.points)):
        if not ends.first <= point <= ends.last or tally.untestable(point):
            search.skip(point)
            continue
        for record in tally.at(point):
            if record.reading.bad is not None:
                search.record(point, record.reading.bad)
    return search
