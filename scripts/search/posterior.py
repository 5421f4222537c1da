"""How likely each step is, given trials; and what more trials would tell, beside those that run.

What a trial tells beside others whose ends are not known yet is the conditional information
I(step; trial | others): the mean, over the ways in which the others may come out, of what it would
tell then (Cover and Thomas, Elements of Information Theory, chapter 2). A way to come out weighs
the pairs of rates anew, and does so alike for all steps between two awaited points.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

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

CURIOSITY = 0.3
"""Share of the choice that goes to learning the rates, without which no step is told for sure."""

UNCHANGED = 0.25
"""How likely it is, before any trial, that nothing changes in the row."""

OUTCOMES = 128
"""Ways in which trials that run may come out of which each is thought through: all of those of
seven points."""


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


class Outcomes(NamedTuple):
    """Ways in which awaited trials may come out: all of them, or the likeliest.

    What is left out has a share of its own. As a trial tells one bit at most, a mean over the
    others is off by no more bits than that share.

    Attributes:
        edges: the steps are dealt with in runs: from each of these, up to the next.
        shares: how likely each outcome is; together 1.
        factors: what each multiplies the probability of the steps of each run by, by the pair of
            rates (outcomes x runs x pairs).
        flat: probability of each rate with nothing changing, given each outcome (outcomes x rates).
    """

    edges: list[int]
    shares: Array
    factors: Array
    flat: Array


class _Means(NamedTuple):
    """Sums over the pairs of rates, weighed by how likely these are, of each step (outcomes x
    steps).

    Attributes:
        steps: of 1: how likely the step is.
        bad_before, bad_after: of the rate before it, and from it on.
        coin_before, coin_after: of the entropy of a trial, in bits.
    """

    steps: Array
    bad_before: Array
    bad_after: Array
    coin_before: Array
    coin_after: Array


class Posterior:
    """How likely each step is, given the trials of the testable points.

    Args:
        testable: indices of those points; step k lies between the k-th and the one after.
        bad, good: how many trials of each were so.

    Attributes:
        testable: those points.
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

    def gains(self, awaited: Mapping[int, int] = {}) -> Array:
        """Bits that one trial of each testable point is expected to tell: mostly about the step.

        Args:
            awaited: how many trials run already, by the place of their point among the testable.
        """
        outcomes = self._outcomes(awaited)
        means = self._means(outcomes)
        about_step = self._gains_about_step(outcomes, means)
        about_all = self._gains_about_all(outcomes, means)
        gains = np.maximum((1 - CURIOSITY) * about_step + CURIOSITY * about_all, 0.0)
        expected: Array = outcomes.shares @ gains
        return expected

    def bad_share(self, place: int) -> float:
        """How likely a trial of a testable point is bad, 0 to 1, by its place among these."""
        passed, ahead = self.weights[:place] @ AFTER, self.weights[place:] @ BEFORE
        return float(passed.sum() + ahead.sum() + self.flat @ FLAT)

    def settled(self, awaited: Mapping[int, int], least: float) -> Array:
        """How likely trials that run will make each step at least so likely.

        Args:
            awaited: as `gains` has them.
            least: how likely a step is then, 0 to 1.
        """
        outcomes = self._outcomes(awaited)
        settled: Array = outcomes.shares @ (self._means(outcomes).steps >= least)
        return settled

    def _outcomes(self, awaited: Mapping[int, int]) -> Outcomes:
        """Ways in which trials may come out. Those of one point are exchangeable: they are counted,
        not told apart.
        """
        places = sorted(awaited)
        edges = [0, *places, len(self.steps)]
        runs = np.stack([self.weights[one:other].sum(axis=0) for one, other in pairwise(edges)])
        factors, flat = np.ones((1, *runs.shape)), self.flat[None, :]
        for run, place in enumerate(places):
            # A point lies after the steps to its left, before the others.
            rates = np.where(np.arange(len(runs))[:, None] <= run, AFTER, BEFORE)
            factors = _told(factors, rates, awaited[place])
            flat = _told(flat, FLAT, awaited[place])
            shares = np.einsum("orp,rp->o", factors, runs) + flat.sum(axis=1)
            likeliest = np.argsort(-shares, kind="stable")[:OUTCOMES]
            factors, flat = factors[likeliest], flat[likeliest]
        shares = np.einsum("orp,rp->o", factors, runs) + flat.sum(axis=1)
        if not awaited:
            shares = np.ones(1)
        factors = factors / shares[:, None, None]
        return Outcomes(edges, shares / shares.sum(), factors, flat / shares[:, None])

    def _means(self, outcomes: Outcomes) -> _Means:
        """Sums that what a trial tells is made of, for each outcome."""
        before, after = BEFORE, AFTER
        values = np.stack([np.ones_like(before), before, after, _coin(before), _coin(after)])
        parts = [
            # Outcome by outcome: products so small are not spread over processors.
            (outcomes.factors[:, run, None] * values) @ self.weights[one:other].T
            for run, (one, other) in enumerate(pairwise(outcomes.edges))
        ]
        return _Means(*np.concatenate(parts, axis=2).transpose(1, 0, 2))

    def _gains_about_step(self, outcomes: Outcomes, means: _Means) -> Array:
        """Bits about where the step lies, or that there is none, for each outcome and point."""
        entropy = -_plogp(means.steps).sum(axis=1) - _plogp(outcomes.flat.sum(axis=1))
        expected = np.zeros((len(means.steps), len(self.testable)))
        for ahead, passed, flat in (
            (means.bad_before, means.bad_after, FLAT),
            (means.steps - means.bad_before, means.steps - means.bad_after, 1 - FLAT),
        ):
            # The point lies after the step for the steps to its left, before it for the others.
            same = (outcomes.flat @ flat)[:, None]
            share = _joined(passed, ahead) + same
            inner = _joined(_plogp(passed), _plogp(ahead)) + _plogp(same)
            expected += _plogp(share) - inner
        gains: Array = entropy[:, None] - expected
        return gains

    def _gains_about_all(self, outcomes: Outcomes, means: _Means) -> Array:
        """Bits about the step and the rates together: what is left of a trial's own doubt when
        they are known is chance."""
        flat, by_coin = ((outcomes.flat @ rates)[:, None] for rates in (FLAT, _coin(FLAT)))
        bad = _joined(means.bad_after, means.bad_before) + flat
        by_chance = _joined(means.coin_after, means.coin_before) + by_coin
        return _coin(np.clip(bad, 0, 1)) - by_chance


def _told(factors: Array, rates: Array, count: int) -> Array:
    """Factors of outcomes once more trials of one point have come out in each way.

    Args:
        factors: of each outcome, by rates.
        rates: of bad trials at that point.
        count: how many trials.
    """
    ways = np.stack(
        [
            math.comb(count, bad) * rates**bad * (1 - rates) ** (count - bad)
            for bad in range(count + 1)
        ]
    )
    told: Array = (factors[:, None] * ways[None]).reshape(-1, *rates.shape)
    return told


def _joined(passed: Array, ahead: Array) -> Array:
    """For each point, the sum over steps at or before it of one, and after it of the other."""
    joined = np.zeros((len(passed), passed.shape[1] + 1))
    np.cumsum(passed, axis=1, out=joined[:, 1:])
    joined[:, :-1] += np.cumsum(ahead[:, ::-1], axis=1)[:, ::-1]
    return joined


def _plogp(p: Array) -> Array:
    """p log2 p, and 0 for 0."""
    terms: Array = p * np.log2(np.where(p > 0, p, 1.0))
    return terms


def _coin(p: Array) -> Array:
    """Entropy in bits of an event of probability p."""
    return -(_plogp(p) + _plogp(1 - p))
