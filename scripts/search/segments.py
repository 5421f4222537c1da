"""All changes in a row of points at once, with how sure each is.

The row falls into segments of which each has a rate, or a level, of its own. How likely a change
is at each step follows exactly from the trials, over every way to cut the row (Fearnhead, Exact
and efficient Bayesian inference for multiple changepoint problems, Statistics and Computing 16,
2006). Pure mathematics.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln, logsumexp

Array = NDArray[np.float64]

EXPECTED = 1.0
"""Changes expected in a row, before any trial."""

SPREAD = 0.1
"""How far the logarithms of one level's costs are expected to lie apart: about 10 %."""


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
    count = len(marginal) - 1
    if count < 2:
        return np.zeros(0), 1.0
    rate = min(0.5, expected / (count - 1))
    change, stay = np.log(rate), np.log1p(-rate)
    # What lies behind each point, given that a segment starts there; and before it, likewise.
    behind, before = np.zeros(count + 1), np.zeros(count + 1)
    for start in range(count - 1, -1, -1):
        ends = np.arange(start + 1, count + 1)
        steps = (ends - start - 1) * stay + np.where(ends < count, change, 0.0)
        behind[start] = logsumexp(marginal[start, ends] + steps + behind[ends])
    for end in range(1, count + 1):
        starts = np.arange(end)
        steps = (end - starts - 1) * stay + np.where(starts > 0, change, 0.0)
        before[end] = logsumexp(before[starts] + marginal[starts, end] + steps)
    inner = np.arange(1, count)
    found: Array = np.exp(before[inner] + change + behind[inner] - behind[0])
    steady = float(np.exp(marginal[0, count] + (count - 1) * stay - behind[0]))
    return found, steady


def rates(bad: Sequence[float], trials: Sequence[float]) -> Array:
    """The marginal of segments that each have one unknown rate of bad trials (Jeffreys' prior)."""
    bads, goods = _sums(bad), _sums(np.subtract(trials, bad))
    half = 0.5
    found: Array = betaln(half + bads, half + goods) - betaln(half, half)
    return found


def levels(values: Sequence[Sequence[float]]) -> Array:
    """The marginal of segments that each have one unknown level of a positive cost.

    The logarithms of the values are normal around their level (normal-inverse-gamma prior, with
    `SPREAD` as the expected deviation and a vague level), which a factor of noise does not upset.

    Args:
        values: for each point those of its trials.
    """
    logs = [np.log(np.asarray(each, dtype=np.float64)) for each in values]
    whole = np.concatenate(logs) if logs else np.zeros(0)
    centre = float(np.median(whole)) if len(whole) else 0.0
    counts = _sums([len(each) for each in logs])
    sums = _sums([float((each - centre).sum()) for each in logs])
    squares = _sums([float(((each - centre) ** 2).sum()) for each in logs])
    weight, shape = 0.02, 2.0
    scale = shape * SPREAD**2
    with np.errstate(invalid="ignore", divide="ignore"):
        total = weight + counts
        after_shape = shape + counts / 2
        after_scale = scale + np.maximum(0.0, squares - sums**2 / total) / 2
        found: Array = (
            gammaln(after_shape)
            - gammaln(shape)
            + shape * np.log(scale)
            - after_shape * np.log(after_scale)
            + 0.5 * np.log(weight / total)
            - counts / 2 * np.log(2 * np.pi)
        )
    return np.where(counts > 0, found, 0.0)


def _sums(values: Sequence[float] | Array) -> Array:
    """Sums over points i to j - 1, at [i, j]; nothing where j is not beyond i."""
    running = np.concatenate([[0.0], np.cumsum(np.asarray(values, dtype=np.float64))])
    found: Array = np.triu(running[None, :] - running[:, None])
    return found
