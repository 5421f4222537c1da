"""All changes along a line of releases: good, bad, good again. Coarse first, then finer.

Pure, like a bisection: says which trial to run next, given the ones so far.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scripts.analysis import signals
from scripts.analysis.readings import Reading, Sighting
from scripts.domain.trial import Target, Trial
from scripts.search import segments
from scripts.search.changepoint import prudent
from scripts.search.posterior import Array
from scripts.search.question import Question
from scripts.search.rate_segments import RateSegments
from scripts.search.step import Reason, Step, free_round
from scripts.search.tally import Tally

COARSE = 9
"""Points tried first, evenly spread."""

COARSE_TRIALS = 2
"""Trials that each of them gets."""

POINT_TRIALS = 12
"""Trials of a point after which others come first, so that one place does not take them all."""

LIKELY = 0.5
"""How likely a change must be to be held for one."""


@dataclass(frozen=True)
class Neighbours:
    """Two neighbouring points that were tried.

    Attributes:
        before, after: their indices, in version order.
        share: how likely something changes between them, 0 to 1.
    """

    before: int
    after: int
    share: float


@dataclass(frozen=True)
class LineClaim:
    """What the trials of a history say of the whole line.

    Attributes:
        changes: the neighbours between which something changes.
        confidence: that it changes there and nowhere else, 0 to 1, with its doubt multiplied by
            PRUDENCE.
        located: whether no point that could be tried is left between any of them.
    """

    changes: list[Neighbours]
    confidence: float
    located: bool


class History:
    """A question about a whole line of points, and its trials so far.

    Args:
        question: what is asked; its points stand in version order.

    Attributes:
        tally: every trial taken in.
        by_value: whether costs are compared as levels, and no trial is ever "bad".
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.tally = Tally(question.points, signals.parse(question.signal))
        self.by_value = self.tally.signal.unset

    def take(
        self, step: Step, trial: Trial | Sighting, control: Trial | Sighting | None
    ) -> Reading:
        """Take in the trial that a step asked for; returns what it says."""
        return self.tally.take(step.target, trial, control).reading

    def next(self, under_way: Sequence[Step] = ()) -> Step | None:
        """The next trial to run, beside those that run already; None when it is sure, or no trial
        would tell more.
        """
        if len(self.tally.records) + len(under_way) >= self.question.most:
            return None
        awaited = Counter(self.tally.place[step.target] for step in under_way)
        choice = self._first_look(awaited)
        if choice is None and any(self._tried()) and not self.sure:
            choice = (
                self._doubtful(awaited)
                or self._filling(awaited)
                or self._doubtful(awaited, patient=True)
            )
        if choice is None:
            return None
        point, reason = choice
        number = free_round(self.tally.following, under_way)
        return Step(number, self.question.points[point].target, reason)

    @property
    def sure(self) -> bool:
        """Whether it is known where the line changes, as surely as was asked."""
        claim = self.claim()
        return claim.located and claim.confidence >= self.question.confidence

    def claim(self) -> LineClaim:
        """What the trials so far say of the whole line."""
        if len(self._live()) < 2:
            return LineClaim([], 0.0, False)
        likely = [pair for pair in self.neighbours() if pair.share >= LIKELY]
        confidence = prudent(self._exactly(likely))
        dead = self._dead()
        located = all(set(range(pair.before + 1, pair.after)) <= dead for pair in likely)
        return LineClaim(likely, confidence, located)

    def soon(self, step: Step) -> list[Target]:  # noqa: ARG002 - whatever the step
        """Targets likely to be tried after a step: those of the coarse grid."""
        return [self.question.points[point].target for point in self._coarse()]

    def neighbours(self, awaited: Mapping[int, int] = {}) -> list[Neighbours]:
        """Neighbouring tried points, in version order.

        Args:
            awaited: how many trials of each point run; its points count as tried, and its trials
                as `_shares` has it.
        """
        live, shares = self._live(), self._shares(awaited)
        tried = [place for place, point in enumerate(live) if self._said(point) or point in awaited]
        return [
            Neighbours(live[before], live[after], float(min(1.0, np.sum(shares[before:after]))))
            for before, after in pairwise(tried)
        ]

    def _live(self) -> list[int]:
        """The points that are not given up: what happens among the others shows nowhere."""
        dead = self._dead()
        return [point for point in range(len(self.question.points)) if point not in dead]

    def _shares(self, awaited: Mapping[int, int]) -> Array:
        """How likely a change is at each step between neighbouring live points.

        Args:
            awaited: how many trials of each point run: each is believed to say what those before
                it said. Of a point that was not tried yet none is believed anything.
        """
        if len(self._live()) < 2:
            return np.zeros(0)
        if self.by_value:
            return segments.changes(self._levels(awaited))[0]
        return self._rate_segments(awaited).changes()

    def _exactly(self, changes: Sequence[Neighbours]) -> float:
        """How likely it is that something changes at these places and nowhere else."""
        place = {point: number for number, point in enumerate(self._live())}
        places = [(place[pair.before], place[pair.after]) for pair in changes]
        if self.by_value:
            return segments.exactly(self._levels({}), places)
        return self._rate_segments({}).exactly(places)

    def _levels(self, awaited: Mapping[int, int]) -> Array:
        values = {point: self.tally.values(point) for point in self._live()}
        return segments.levels(
            [
                said + awaited.get(point, 0) * [statistics.median(said)] if said else said
                for point, said in values.items()
            ]
        )

    def _rate_segments(self, awaited: Mapping[int, int]) -> RateSegments:
        live = self._live()
        widths = [after - before for before, after in pairwise(live)]
        bad, trials = np.array([self.tally.count(point) for point in live], dtype=np.float64).T
        believed = np.array([awaited.get(point, 0) for point in live]) * (trials > 0)
        more = 1 + believed / np.maximum(trials, 1)
        return RateSegments(bad * more, trials * more, widths)

    def _first_look(self, awaited: Mapping[int, int]) -> tuple[int, Reason] | None:
        """The next of the points evenly spread, until each has its trials."""
        tried, dead = self._tried(awaited), self._dead()
        for count in range(COARSE_TRIALS):
            for point in self._coarse():
                if tried[point] <= count and point not in dead:
                    return point, Reason("first look")
        return None

    def _doubtful(
        self, awaited: Mapping[int, int], patient: bool = False
    ) -> tuple[int, Reason] | None:
        """The point that tells most per second whether something changes, and where.

        Args:
            awaited: how many trials of each point run.
            patient: whether points that had their trials may have more.
        """
        tried, costs = self._tried(awaited), self.tally.costs
        best: tuple[float, int, Reason] | None = None
        for gain, point, reason in [*self._between(awaited), *self._beyond(awaited)]:
            if tried[point] >= POINT_TRIALS and not patient:
                continue
            if best is None or gain / costs[point] > best[0]:
                best = (gain / costs[point], point, reason)
        return None if best is None else best[1:]

    def _between(self, awaited: Mapping[int, int]) -> Iterator[tuple[float, int, Reason]]:
        """For neighbours that were tried: bits that a trial may tell, of which point, and why."""
        tried, dead = self._tried(awaited), self._dead()
        for pair in self.neighbours(awaited):
            inside = [point for point in range(pair.before + 1, pair.after) if point not in dead]
            gain = _coin(pair.share)
            point = min((pair.before, pair.after), key=lambda point: tried[point])
            if inside:
                gain += pair.share * math.log2(len(inside) + 1)
                point = inside[len(inside) // 2]
            sides = self.question.points[pair.before].name, self.question.points[pair.after].name
            yield gain, point, Reason("change", sides, pair.share)

    def _beyond(self, awaited: Mapping[int, int]) -> Iterator[tuple[float, int, Reason]]:
        """The same for the points before the first that was tried, and after the last."""
        live, shares, tried = self._live(), self._shares(awaited), self._tried(awaited)
        said = [place for place, point in enumerate(live) if tried[point]]
        if not said:
            return
        first, last = said[0], said[-1]
        for untried, steps in ((live[:first], shares[:first]), (live[last + 1 :], shares[last:])):
            if untried:
                share = float(min(1.0, np.sum(steps)))
                gain = _coin(share) + share * math.log2(len(untried) + 1)
                yield gain, untried[len(untried) // 2], Reason("filling in")

    def _filling(self, awaited: Mapping[int, int]) -> tuple[int, Reason] | None:
        """The middle one of the points that were never tried."""
        tried, dead = self._tried(awaited), self._dead()
        rest = [point for point, trials in enumerate(tried) if not trials and point not in dead]
        return (rest[len(rest) // 2], Reason("filling in")) if rest else None

    def _coarse(self) -> list[int]:
        """The points of the first look, both ends included."""
        last = len(self.question.points) - 1
        count = min(COARSE, last + 1)
        return sorted({round(number * last / max(1, count - 1)) for number in range(count)})

    def _tried(self, awaited: Mapping[int, int] = {}) -> list[int]:
        """How many trials of each point say something, or run."""
        points = range(len(self.question.points))
        return [self._said(point) + awaited.get(point, 0) for point in points]

    def _said(self, point: int) -> int:
        """How many trials of a point say something."""
        values = self.tally.values if self.by_value else self.tally.verdicts
        return len(values(point))

    def _dead(self) -> set[int]:
        """The points that are given up."""
        return {point for point in range(len(self.question.points)) if self.tally.untestable(point)}


def _coin(probability: float) -> float:
    """Entropy in bits of an event of a probability."""
    shares = (probability, 1 - probability)
    return -sum(share * math.log2(share) for share in shares if share > 0)
