"""All changes of a rate along a row of points, and how sure it is that these are all.

The row falls into segments, each with one rate of bad trials out of a table. From one segment to
the next the rate changes by a factor that matters; how likely a change is at each step, and how
likely a whole set of changes, follows exactly from the trials (the forward-backward algorithm;
Rabiner, A tutorial on hidden Markov models, Proceedings of the IEEE 77, 1989). Pure mathematics.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from scripts.search.posterior import ALWAYS, NEVER, Array

RATES = {
    **{NEVER: 0.4, 0.05: 0.01, 0.1: 0.015, 0.2: 0.03, 0.3: 0.04, 0.4: 0.04, 0.5: 0.04},
    **{0.6: 0.04, 0.7: 0.04, 0.8: 0.03, 0.9: 0.015, 0.95: 0.01, ALWAYS: 0.3},
}
"""What the rate of a segment may be, with how likely each is before any trial."""

MATERIAL = 4.0
"""Factor in the odds of a bad trial below which two rates are one and the same."""

EXPECTED = 1.0
"""Changes expected in a row, before any trial."""

RATE = np.array(list(RATES), dtype=np.float64)
PRIOR = np.array(list(RATES.values()), dtype=np.float64) / sum(RATES.values())


def _following() -> Array:
    """How likely each rate is to follow each other where the rate changes."""
    odds = np.log(RATE / (1 - RATE))
    apart = np.abs(odds[:, None] - odds[None, :]) >= np.log(MATERIAL) - 1e-9
    weights = apart * PRIOR[None, :]
    following: Array = weights / weights.sum(axis=1, keepdims=True)
    return following


FOLLOWING = _following()


class RateSegments:
    """What the trials of a row say about where its rate changes.

    Args:
        bad: how many trials of each point were bad.
        trials: how many there were.
        widths: how many places each step between neighbouring points stands for; one each by
            default. One that stands for several has points in it that cannot be tested.
    """

    def __init__(self, bad: ArrayLike, trials: ArrayLike, widths: Sequence[int] = ()) -> None:
        bads = np.asarray(bad, dtype=np.float64)
        goods = np.asarray(trials, dtype=np.float64) - bads
        logs = np.outer(bads, np.log(RATE)) + np.outer(goods, np.log1p(-RATE))
        # Each point's likelihoods, the largest of them 1: what they are divided by cancels out.
        self._seen: Array = np.exp(logs - logs.max(axis=1, keepdims=True))
        steps = np.asarray(widths or np.ones(len(bads) - 1), dtype=np.float64)
        self._change: Array = 1 - (1 - min(0.5, EXPECTED / max(1.0, steps.sum()))) ** steps
        self._before, self._scales = self._forward()

    def changes(self) -> Array:
        """How likely a change is at each step between neighbouring points, one fewer than those."""
        behind = np.ones(len(RATE))
        shares = np.zeros(len(self._seen) - 1)
        for step in range(len(shares) - 1, -1, -1):
            ahead = self._seen[step + 1] * behind / self._scales[step + 1]
            moved = self._change[step] * (FOLLOWING @ ahead)
            shares[step] = float(self._before[step] @ moved)
            behind = (1 - self._change[step]) * ahead + moved
        return shares

    def exactly(self, places: Sequence[tuple[int, int]]) -> float:
        """How likely it is that the rate changes at these places and nowhere else.

        Args:
            places: in order, (point, later point): one change between the two, the points between
                which have no trials, so that it does not matter where.
        """
        share = self._before[0]
        ends = {after: before for before, after in places}
        inside = {step for before, after in places for step in range(before + 1, after)}
        for point in range(1, len(self._seen)):
            if point in ends:
                share = self._once(ends[point], point) * (share @ FOLLOWING)
            elif point not in inside:
                share = (1 - self._change[point - 1]) * share
            share = share * self._seen[point] / self._scales[point]
        return float(min(1.0, share.sum()))

    def _once(self, before: int, after: int) -> float:
        """How likely just one of the steps between two points is a change, before any trial."""
        steps = self._change[before:after]
        return float(np.prod(1 - steps) * np.sum(steps / (1 - steps)))

    def _forward(self) -> tuple[Array, Array]:
        """For each point how likely each rate is, given the points up to it; and what all its
        likelihoods were divided by.
        """
        before = np.zeros_like(self._seen)
        scales = np.ones(len(self._seen))
        share = PRIOR
        for point, seen in enumerate(self._seen):
            if point:
                change = self._change[point - 1]
                share = (1 - change) * share + change * (share @ FOLLOWING)
            share = share * seen
            scales[point] = share.sum()
            share = share / scales[point]
            before[point] = share
        return before, scales
