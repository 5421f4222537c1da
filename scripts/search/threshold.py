"""What is too much: set by the ends of a search, once both were measured often enough. Pure."""

from __future__ import annotations

import dataclasses
import statistics

from scripts.analysis import readings
from scripts.search.tally import Tally

EACH_END = 3
"""Trials of either end that set what is too much."""


def inverted(tally: Tally, good: int, bad: int) -> bool:
    """Whether the good end is the one with too much, where the two ends set what that is.

    Args:
        tally: the trials so far.
        good, bad: indices of the two ends.
    """
    low, high = tally.values(good), tally.values(bad)
    if min(len(low), len(high)) < EACH_END:
        return False
    factor = tally.signal.factor or readings.SLOWER
    return statistics.median(low) > factor * statistics.median(high)


def settle(tally: Tally, good: int, bad: int) -> None:
    """Set what is too much, and read all trials by it, once both ends allow it.

    Args:
        tally: the trials so far.
        good, bad: indices of the two ends.
    """
    low, high = tally.values(good), tally.values(bad)
    if min(len(low), len(high)) < EACH_END:
        return
    if tally.signal.factor is not None:
        threshold = tally.signal.factor * statistics.median(low)
    else:
        threshold = readings.between(low, high) or readings.SLOWER * statistics.median(low)
    tally.reread(dataclasses.replace(tally.signal, threshold=threshold))
