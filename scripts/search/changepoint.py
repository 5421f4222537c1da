"""Finding a change point from unreliable answers.

Points stand in a row. Somewhere in it the rate at which trials are bad may step up, once: before
the step it is one unknown rate, from the step on a higher one; or it does not change at all. Each
trial of a point is bad or not, by chance. Bayes' rule over every step and a grid of both rates
gives how likely each step is; the next trial goes where it is expected to tell most.

The mathematics is that of noisy binary search (Burnashev and Zigangirov, Problems of Information
Transmission 10, 1974; Ben-Or and Hassidim, FOCS 2008), with rates that are not known beforehand
but integrated over. Knows nothing of releases, processes or files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scripts.search.posterior import Array, Posterior

PRUDENCE = 1.5
"""What doubt is multiplied by: true rates are not drawn from these tables, and some are harder."""

CANDIDATE = 0.001
"""How likely a step must be to count among the candidates."""


@dataclass(frozen=True)
class Answer:
    """What the trials of a search say.

    Attributes:
        step: index of the likeliest first point after the step; None where "nothing changes" is
            likelier than any step.
        before: index of the last point before it that can be tested; None without a step.
        confidence: probability of that, 0 to 1, with its doubt multiplied by PRUDENCE.
        candidates: (first point after the step, probability), likeliest first; only those of at
            least one in a thousand.
        unchanged: probability that nothing changes.
    """

    step: int | None
    before: int | None
    confidence: float
    candidates: tuple[tuple[int, float], ...]
    unchanged: float


class Search:
    """The state of one search: the trials so far, and what follows from them.

    Args:
        points: how many points stand in the row, at least two; the first is the good end.

    Raises:
        ValueError: there are fewer than two points.
    """

    def __init__(self, points: int) -> None:
        if points < 2:
            raise ValueError("a search needs at least two points")
        self.points = points
        self.bad = np.zeros(points)
        self.good = np.zeros(points)
        self.untestable: set[int] = set()
        self._cached: Posterior | None = None

    def record(self, point: int, bad: bool) -> None:
        """Take in one trial of a point, by its index: whether it was bad."""
        (self.bad if bad else self.good)[point] += 1
        self._cached = None

    def skip(self, point: int) -> None:
        """Take in that a point cannot be tested: the steps on both its sides become one."""
        self.untestable.add(point)
        self._cached = None

    def trials(self, point: int) -> tuple[int, int]:
        """How many trials of a point were bad, and how many there were."""
        bad = int(self.bad[point])
        return bad, bad + int(self.good[point])

    @property
    def testable(self) -> list[int]:
        """Indices of the points that were not skipped."""
        return [point for point in range(self.points) if point not in self.untestable]

    def answer(self) -> Answer:
        """The likeliest step, or that nothing changes, given the trials so far.

        Raises:
            ValueError: fewer than two points can be tested.
        """
        posterior = self._posterior()
        steps, unchanged, testable = posterior.steps, posterior.unchanged, posterior.testable
        ranking = [int(step) for step in np.argsort(-steps, kind="stable")]
        candidates = tuple(
            (testable[step + 1], float(steps[step])) for step in ranking if steps[step] >= CANDIDATE
        )
        best = ranking[0]
        if unchanged >= steps[best]:
            return Answer(None, None, prudent(unchanged), candidates, unchanged)
        confidence = prudent(float(steps[best]))
        return Answer(testable[best + 1], testable[best], confidence, candidates, unchanged)

    def next(self, costs: Sequence[float] | None = None, awaited: Sequence[int] = ()) -> int:
        """The point whose trial is expected to tell most about the step, per cost.

        Args:
            costs: what a trial of each point costs, in any unit; all alike by default.
            awaited: the point of each trial that runs already: counted is what these leave open.

        Returns:
            Index of the point.

        Raises:
            ValueError: fewer than two points can be tested.
        """
        testable, gains = self._posterior().testable, self.gains(awaited)
        if costs is not None:
            gains = gains / np.maximum(1e-9, np.asarray(costs, dtype=np.float64)[testable])
        # Of points that tell alike, the one that was tried least.
        best = np.flatnonzero(gains >= gains.max() * (1 - 1e-9))
        counts = self.bad + self.good
        np.add.at(counts, [*awaited], 1)
        return testable[int(best[np.argmin(counts[testable][best])])]

    def gains(self, awaited: Sequence[int] = ()) -> Array:
        """Bits that one trial of each testable point is expected to tell: mostly about the step.

        Args:
            awaited: as `next` has them.

        Raises:
            ValueError: fewer than two points can be tested.
        """
        return self._posterior().gains(self._places(awaited))

    def settling(self, awaited: Sequence[int], confidence: float) -> tuple[int, int, float]:
        """The step that trials which run will most likely make as sure as is asked.

        Args:
            awaited: as `next` has them.
            confidence: that is asked.

        Returns:
            Indices of the last point before that step and the first one after it, and how likely
            it will be so sure.

        Raises:
            ValueError: fewer than two points can be tested.
        """
        posterior = self._posterior()
        least = 1 - (1 - confidence) / PRUDENCE
        shares = posterior.settled(self._places(awaited), least)
        step = int(shares.argmax())
        return posterior.testable[step], posterior.testable[step + 1], float(shares[step])

    def bad_share(self, point: int) -> float:
        """How likely a trial of a testable point is bad, 0 to 1.

        Raises:
            ValueError: that point, or all but one, cannot be tested.
        """
        posterior = self._posterior()
        return posterior.bad_share(posterior.testable.index(point))

    def _places(self, awaited: Sequence[int]) -> Counter[int]:
        """How many trials run, by the place of their point among the testable ones."""
        places = {point: place for place, point in enumerate(self._posterior().testable)}
        return Counter(places[point] for point in awaited if point in places)

    def _posterior(self) -> Posterior:
        """The posterior of the trials so far, worked out once until the next trial."""
        if self._cached is None:
            testable = self.testable
            if len(testable) < 2:
                raise ValueError("fewer than two points can be tested")
            self._cached = Posterior(testable, self.bad[testable], self.good[testable])
        return self._cached


def prudent(probability: float) -> float:
    """A probability whose doubt is multiplied by PRUDENCE."""
    return max(0.0, 1 - PRUDENCE * (1 - probability))
