"""Rates with the intervals that their trials allow."""

from __future__ import annotations

from scipy.stats import binomtest

CONFIDENCE = 0.95


def interval(struck: int, trials: int) -> tuple[float, float]:
    """The exact (Clopper-Pearson) 95 % interval of a rate.

    Args:
        struck: trials in which it happened.
        trials: trials in all, at least one.

    Returns:
        Lower and upper bound, 0 to 1.
    """
    found = binomtest(struck, trials).proportion_ci(CONFIDENCE, method="exact")
    return float(found.low), float(found.high)
