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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NEVER = 0.002
"""A rate that is as good as none; not zero, so that one odd trial cannot rule out the truth."""

ALWAYS = 1 - NEVER

LOW = {NEVER: 0.35, 0.05: 0.1, 0.1: 0.3, 0.2: 0.15, 0.3: 0.1}
"""What the rate before the step may be, with how likely each is before any trial."""

HIGH = {
    **{ALWAYS: 0.12, 0.97: 0.05, 0.93: 0.05, 0.87: 0.05, 0.8: 0.06, 0.7: 0.08, 0.6: 0.09},
    **{0.5: 0.09, 0.4: 0.08, 0.3: 0.06, 0.24: 0.05, 0.19: 0.05, 0.15: 0.05, 0.12: 0.04},
    **{0.09: 0.04, 0.07: 0.04},
}
"""What the rate from the step on may be: anything from every time down to rare. More weight on
"every time" would make deterministic cases shorter and flaky ones wrong."""

RISE = 4
"""How many times the rate before the step the one after it is at least."""

PRUDENCE = 1.5
"""What doubt is multiplied by: true rates are not drawn from these tables, and some are harder."""

CURIOSITY = 0.3
"""Share of the choice that goes to learning the rates, without which no step is told for sure."""

UNCHANGED = 0.25
"""How likely it is, before any trial, that nothing changes in the row."""

CANDIDATE = 0.001
"""How likely a step must be to count among the candidates."""


def _pairs() -> tuple[Array, Array, Array]:
    """The pairs of rates (before, after) that a step may have, and the logarithm of their prior."""
    pairs: list[tuple[float, float, float]] = []
    for high, weight in HIGH.items():
        below = {low: share for low, share in LOW.items() if high >= RISE * low}
        total = sum(below.values())
        pairs += [(low, high, weight * share / total) for low, share in below.items()]
    before, after, prior = np.array(pairs, dtype=np.float64).T
    return before, after, np.log(prior / prior.sum())


BEFORE, AFTER, PAIR_PRIOR = _pairs()
FLAT = np.array(
    [NEVER, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, ALWAYS]
)
"""What the one rate may be where nothing changes, all alike."""


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
        self._cached: _Posterior | None = None

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

    def next(self, costs: Sequence[float] | None = None) -> int:
        """The point whose trial is expected to tell most about the step, per cost.

        Args:
            costs: what a trial of each point costs, in any unit; all alike by default.

        Returns:
            Index of the point.

        Raises:
            ValueError: fewer than two points can be tested.
        """
        posterior = self._posterior()
        testable, gains = posterior.testable, posterior.gains()
        if costs is not None:
            gains = gains / np.maximum(1e-9, np.asarray(costs, dtype=np.float64)[testable])
        # Of points that tell alike, the one that was tried least.
        best = np.flatnonzero(gains >= gains.max() * (1 - 1e-9))
        counts = (self.bad + self.good)[testable]
        return testable[int(best[np.argmin(counts[best])])]

    def _posterior(self) -> _Posterior:
        """The posterior of the trials so far, worked out once until the next trial."""
        if self._cached is None:
            testable = self.testable
            if len(testable) < 2:
                raise ValueError("fewer than two points can be tested")
            self._cached = _Posterior(testable, self.bad[testable], self.good[testable])
        return self._cached


class _Posterior:
    """How likely each step is, given the trials of the testable points.

    Attributes:
        testable: indices of those points; step k lies between the k-th and the one after.
        weights: probability of each step with each pair of rates (steps x pairs).
        steps: probability of each step.
        flat: probability of each rate with nothing changing; unchanged: their sum.
    """

    def __init__(self, testable: list[int], bad: Array, good: Array) -> None:
        self.testable = testable
        # One untestable point between two others makes theirs a step of two.
        widths = np.diff(np.array(testable, dtype=np.float64))
        left = np.stack([np.cumsum(bad)[:-1], np.cumsum(good)[:-1]], axis=1)
        total = np.array([bad.sum(), good.sum()])
        likelihood = left @ np.log([BEFORE, 1 - BEFORE])
        likelihood = likelihood + (total - left) @ np.log([AFTER, 1 - AFTER])
        prior = np.log((1 - UNCHANGED) * widths / widths.sum())
        steps = likelihood + PAIR_PRIOR + prior[:, None]
        flat = total @ np.log([FLAT, 1 - FLAT]) + np.log(UNCHANGED / len(FLAT))
        largest = max(float(steps.max()), float(flat.max()))
        steps, flat = np.exp(steps - largest), np.exp(flat - largest)
        evidence = steps.sum() + flat.sum()
        self.weights: Array = steps / evidence
        self.flat: Array = flat / evidence
        self.steps: Array = self.weights.sum(axis=1)
        self.unchanged = float(self.flat.sum())

    def gains(self) -> Array:
        """Bits that one trial of each testable point is expected to tell: mostly about the step."""
        about_step, about_all = self._gains_about_step(), self._gains_about_all()
        gains: Array = np.maximum((1 - CURIOSITY) * about_step + CURIOSITY * about_all, 0.0)
        return gains

    def _gains_about_step(self) -> Array:
        """Bits about where the step lies, or that there is none."""
        entropy = -float(_plogp(np.append(self.steps, self.unchanged)).sum())
        expected = np.zeros(len(self.testable))
        for before, after, flat in (
            (BEFORE, AFTER, FLAT),
            (1 - BEFORE, 1 - AFTER, 1 - FLAT),
        ):
            # The point lies after the step for the steps to its left, before it for the others.
            passed, ahead = self.weights @ after, self.weights @ before
            same = float(self.flat @ flat)
            share = _joined(passed, ahead) + same
            inner = _joined(_plogp(passed), _plogp(ahead)) + float(_plogp(np.array([same]))[0])
            expected += _plogp(share) - inner
        return entropy - expected

    def _gains_about_all(self) -> Array:
        """Bits about the step and the rates together: what is left of a trial's own doubt when
        they are known is chance."""
        bad = _joined(self.weights @ AFTER, self.weights @ BEFORE) + float(self.flat @ FLAT)
        by_chance = _joined(self.weights @ _coin(AFTER), self.weights @ _coin(BEFORE))
        return _coin(np.clip(bad, 0, 1)) - by_chance - float(self.flat @ _coin(FLAT))


def prudent(probability: float) -> float:
    """A probability whose doubt is multiplied by PRUDENCE."""
    return max(0.0, 1 - PRUDENCE * (1 - probability))


def _joined(passed: Array, ahead: Array) -> Array:
    """For each point, the sum over steps at or before it of one, and after it of the other."""
    before = np.concatenate([[0.0], np.cumsum(passed)])
    beyond = np.concatenate([[0.0], np.cumsum(ahead)])
    joined: Array = before + (beyond[-1] - beyond)
    return joined


def _plogp(p: Array) -> Array:
    """p log2 p, and 0 for 0."""
    terms: Array = p * np.log2(np.where(p > 0, p, 1.0))
    return terms


def _coin(p: Array) -> Array:
    """Entropy in bits of an event of probability p."""
    return -(_plogp(p) + _plogp(1 - p))
