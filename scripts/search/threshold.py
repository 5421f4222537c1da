"""What slow means: set by the two ends of a search, once both were measured often enough. Pure."""

from __future__ import annotations

import dataclasses
import statistics

from scripts.analysis import readings
from scripts.analysis.signals import Signal
from scripts.search.tally import Tally

EACH_END = 3
"""Trials of either end that set what slow means."""


def unset(signal: Signal) -> bool:
    """Whether a signal compares costs and does not say yet above which ratio they are bad."""
    return signal.needs_control and signal.threshold is None


def settle(tally: Tally, good: int, bad: int) -> None:
    """Set what slow means, and read all trials by it, once both ends allow it.

    Args:
        tally: the trials so far.
        good, bad: indices of the two ends.
    """
    low, high = tally.values(good), tally.values(bad)
    if min(len(low), len(high)) >= EACH_END:
        ratio = readings.between(low, high) or readings.SLOWER * statistics.median(low)
        tally.reread(dataclasses.replace(tally.signal, threshold=ratio))
