"""How often trials fail at a place of a map, from those at the corners around it. Pure.

Between corners whose rates are alike, the rate is taken to change evenly. The interval is the exact
one of a binomial rate, with the number of trials that the weighted ones are worth (Kish, Survey
Sampling, 1965). Between corners that differ by half or more nobody knows where the border runs:
there it is from the least to the most that any of them allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from scripts.analysis.rates import interval

APART = 0.5
"""Rates of two corners that differ by this have a border between them."""


class CornerCounts(msgspec.Struct):
    """The trials at a corner.

    Attributes:
        bad: how many showed the signal.
        trials: how many said something about it.
        exposed: those of them in which the server closed a connection while requests were to come,
            so that they could show what comes of that.
        silent: how many said nothing.
    """

    bad: int = 0
    trials: int = 0
    exposed: int = 0
    silent: int = 0


class Estimate(NamedTuple):
    """How often trials fail at a place.

    Attributes:
        rate: 0 to 1; None where nothing was measured around it.
        low, high: the 95 % interval; at a border the least and the most of the corners' intervals.
        kind: measured there; between corners whose rates are alike; at the border between corners
            whose are not; or unknown.
        trials: how many it rests on.
        exposed: see `CornerCounts`.
    """

    rate: float | None
    low: float
    high: float
    kind: Literal["measured", "between", "border", "unknown"]
    trials: int
    exposed: int


def estimate(
    tallies: Sequence[CornerCounts], weights: Sequence[float], others: Sequence[CornerCounts] = ()
) -> Estimate:
    """How often trials fail at a place within a cell.

    Args:
        tallies: of the cell's corners.
        weights: how near the place is to each of them, which sum up to 1.
        others: of further corners within it or on its sides, those of finer cells.
    """
    near = [(tally, weight) for tally, weight in zip(tallies, weights, strict=True) if weight > 0]
    trials = sum(tally.trials for tally, _ in near)
    exposed = sum(tally.exposed for tally, _ in near)
    if any(not tally.trials for tally, _ in near):
        return Estimate(None, 0.0, 1.0, "unknown", trials, exposed)
    rates = [tally.bad / tally.trials for tally, _ in near]
    rate = sum(one * weight for one, (_, weight) in zip(rates, near, strict=True))
    if len(near) == 1:
        tally = near[0][0]
        ends = interval(tally.bad, tally.trials)
        return Estimate(rate, *ends, "measured", trials, exposed)
    around = [*(tally for tally, _ in near), *(tally for tally in others if tally.trials)]
    if disagree(around):
        all_ends = [interval(tally.bad, tally.trials) for tally in around]
        low, high = min(low for low, _ in all_ends), max(high for _, high in all_ends)
        return Estimate(rate, low, high, "border", trials, exposed)
    worth = 1 / sum(weight**2 / tally.trials for tally, weight in near)
    return Estimate(rate, *interval(rate * worth, worth), "between", trials, exposed)


UNKNOWN = Estimate(None, 0.0, 1.0, "unknown", 0, 0)
"""Where nothing is known."""


def disagree(tallies: Sequence[CornerCounts]) -> bool:
    """Whether corners, all of which have trials, have a border between them."""
    rates = [tally.bad / tally.trials for tally in tallies]
    return max(rates) - min(rates) >= APART
