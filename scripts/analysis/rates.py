"""Rates with the intervals that their trials allow."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

import msgspec

CONFIDENCE = 0.95
"""Of every interval and bound."""


def interval(affected: float, trials: float) -> tuple[float, float]:
    """The exact 95 % interval of a rate (Clopper and Pearson, Biometrika 26, 1934).

    Args:
        affected: trials in which it happened; no whole number where they are weighted.
        trials: trials in all, or those that the weighted ones are worth; over 0.

    Returns:
        Lower and upper bound, 0 to 1.
    """
    from scipy.special import betaincinv  # a quarter of a second of imports, for rates alone

    tail = (1 - CONFIDENCE) / 2
    low = betaincinv(affected, trials - affected + 1, tail) if affected else 0.0
    high = betaincinv(affected + 1, trials - affected, 1 - tail) if affected < trials else 1.0
    return float(low), float(high)


def at_least(affected: int, trials: int) -> float:
    """The rate that is at least this, at 95 % confidence: the one-sided exact bound.

    Args:
        affected: trials in which it happened.
        trials: trials in all, at least one.
    """
    from scipy.special import betaincinv  # as above

    return float(betaincinv(affected, trials - affected + 1, 1 - CONFIDENCE)) if affected else 0.0


class Rate(msgspec.Struct, frozen=True):
    """How many trials of a side were bad, with the exact 95 % interval of the rate.

    Attributes:
        bad: how many were.
        trials: how many there were.
        low, high: the interval, 0 to 1.
    """

    bad: int
    trials: int
    low: float
    high: float


def rate(counts: Iterable[tuple[int, int]]) -> Rate:
    """The rate of several points together, each given as bad trials and all trials."""
    bad, trials = (sum(column) for column in zip((0, 0), *counts, strict=True))
    return Rate(bad, trials, *(interval(bad, trials) if trials else (0.0, 1.0)))


class MeanCount(msgspec.Struct, frozen=True):
    """How many of something a trial has on average, with the 95 % interval of that; the interval
    is None where no trial has any, or there is one trial: they tell nothing of how trials scatter.
    """

    mean: float
    low: float | None
    high: float | None


def mean_count(counts: Sequence[int]) -> MeanCount:
    """How many of something a trial has on average, by trial.

    What is counted comes together inside a trial, so trials are what counts: Student's t
    (Biometrika 6, 1908) over them, and nothing below 0. Trials are not taken to scatter less than
    chance makes them, which is as a Poisson distribution does.

    Args:
        counts: of each trial, at least one.
    """
    from scipy.special import stdtrit  # a quarter of a second of imports, as above

    mean, trials = statistics.fmean(counts), len(counts)
    if trials < 2 or not mean:
        return MeanCount(mean, None, None)
    variance = max(statistics.variance(counts), mean) / trials
    half = float(stdtrit(trials - 1, (1 + CONFIDENCE) / 2)) * math.sqrt(variance)
    return MeanCount(mean, max(0.0, mean - half), mean + half)
