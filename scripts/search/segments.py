"""All changes in a row of points at once, with how sure each is.

The row falls into segments of which each has a rate, or a level, of its own. How likely a change
is at each step follows exactly from the trials, over every way to cut the row (Fearnhead, Exact
and efficient Bayesian inference for multiple changepoint problems, Statistics and Computing 16,
2006). Pure mathematics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EXPECTED = 1.0
"""Changes expected in a row, before any trial."""

SPREAD = 0.1
"""How far the logarithms of one level's costs are expected to lie apart: about 10 %."""

SHAPE = 2.0
"""How firmly `SPREAD` is expected: as if twice as many values had shown it."""

VAGUENESS = 0.02
"""How firmly a level is expected at the median of all values: as if so much of one had shown it."""


def changes(marginal: Array, expected: float = EXPECTED) -> tuple[Array, float]:
    """How likely a change is at each step between neighbouring points.

    Args:
        marginal: logarithm of the probability of the trials of points i to j - 1 as one segment,
            at [i, j]; (n + 1) x (n + 1).
        expected: how many changes are expected before any trial.

    Returns:
        n - 1 probabilities, the first for the step from the first point to the second; and the
        probability that there is no change at all.
    """
    from scipy.special import logsumexp  # a fifth of a second of imports, for searches alone

    count = len(marginal) - 1
    if count < 2:
        return np.zeros(0), 1.0
    change, stay = _priors(count, expected)
    behind = _behind(marginal, change, stay)
    # What lies before each point, given that a segment ends there.
    before = np.zeros(count + 1)
    for end in range(1, count + 1):
        starts = np.arange(end)
        steps = (end - starts - 1) * stay + np.where(starts > 0, change, 0.0)
        before[end] = logsumexp(before[starts] + marginal[starts, end] + steps)
    inner = np.arange(1, count)
    shares: Array = np.exp(before[inner] + change + behind[inner] - behind[0])
    return shares, exactly(marginal, [], expected)


def exactly(
    marginal: Array, places: Sequence[tuple[int, int]], expected: float = EXPECTED
) -> float:
    """How likely it is that the row changes at these places and nowhere else.

    Args:
        marginal: as for `changes`.
        places: in order, (point, later point): one change between the two, the points between
            which have no trials, so that it does not matter where.
        expected: how many changes are expected before any trial.
    """
    count = len(marginal) - 1
    if count < 2:
        return 1.0
    change, stay = _priors(count, expected)
    bounds = [0, *(after for _, after in places), count]
    segments = sum(marginal[start, end] for start, end in pairwise(bounds))
    ways = sum(np.log(after - before) for before, after in places)
    prior = len(places) * change + (count - 1 - len(places)) * stay
    whole = _behind(marginal, change, stay)[0]
    return float(min(1.0, np.exp(segments + ways + prior - whole)))


def _priors(count: int, expected: float) -> tuple[float, float]:
    """Logarithms of how likely a change is at one step of so many points, and none."""
    rate = min(0.5, expected / (count - 1))
    return math.log(rate), math.log1p(-rate)


def _behind(marginal: Array, change: float, stay: float) -> Array:
    """Logarithm of the probability of all from each point on, given that a segment starts there."""
    from scipy.special import logsumexp  # as above

    count = len(marginal) - 1
    behind = np.zeros(count + 1)
    for start in range(count - 1, -1, -1):
        ends = np.arange(start + 1, count + 1)
        steps = (ends - start - 1) * stay + np.where(ends < count, change, 0.0)
        behind[start] = logsumexp(marginal[start, ends] + steps + behind[ends])
    return behind


def rates(bad: Sequence[float], trials: Sequence[float]) -> Array:
    """The marginal of segments that each have one unknown rate of bad trials (Jeffreys' prior).

    Args:
        bad: how many trials of each point were bad.
        trials: how many there were.
    """
    from scipy.special import betaln  # as above

    bads, goods = _sums(bad), _sums(np.subtract(trials, bad))
    half = 0.5
    marginal: Array = betaln(half + bads, half + goods) - betaln(half, half)
    return marginal


def levels(values: Sequence[Sequence[float]]) -> Array:
    """The marginal of segments that each have one unknown level of a positive cost.

    The logarithms of the values are normal around their level (normal-inverse-gamma prior, with
    `SPREAD` as the expected deviation and a vague level), which a factor of noise does not upset.

    Args:
        values: for each point those of its trials.
    """
    logs = [np.log(np.asarray(group, dtype=np.float64)) for group in values]
    together = np.concatenate(logs) if logs else np.zeros(0)
    centre = float(np.median(together)) if len(together) else 0.0
    counts = _sums([len(group) for group in logs])
    sums = _sums([float((group - centre).sum()) for group in logs])
    squares = _sums([float(((group - centre) ** 2).sum()) for group in logs])
    return np.where(counts > 0, _normal(counts, sums, squares), 0.0)


def _normal(counts: Array, sums: Array, squares: Array) -> Array:
    """Logarithm of the probability of normal values whose level and deviation are unknown.

    Args:
        counts: how many values there are; where there are none, the result means nothing.
        sums, squares: sums of their distances from the common centre, and of those squared.
    """
    from scipy.special import gammaln  # as above

    scale = SHAPE * SPREAD**2
    with np.errstate(invalid="ignore", divide="ignore"):
        total = VAGUENESS + counts
        after_shape = SHAPE + counts / 2
        after_scale = scale + np.maximum(0.0, squares - sums**2 / total) / 2
        marginal: Array = (
            gammaln(after_shape)
            - gammaln(SHAPE)
            + SHAPE * np.log(scale)
            - after_shape * np.log(after_scale)
            + 0.5 * np.log(VAGUENESS / total)
            - counts / 2 * np.log(2 * np.pi)
        )
    return marginal


def _sums(values: Sequence[float] | Array) -> Array:
    """Sums over points i to j - 1, at [i, j]; nothing where j is not beyond i."""
    running = np.concatenate([[0.0], np.cumsum(np.asarray(values, dtype=np.float64))])
    sums: Array = np.triu(running[None, :] - running[:, None])
    return sums
