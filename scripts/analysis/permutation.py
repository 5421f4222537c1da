"""How often chance alone would set samples so far apart, where only parts of them are exchangeable.

Within each stratum values are shared out anew, between strata never (stratified as by Mantel and
Haenszel, J. Natl. Cancer Inst. 22, 1959, as an exact test of Fisher's kind, The Design of
Experiments, 1935). scipy's own permutation test knows no strata.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RESAMPLES = 10_000
"""Ways to share values out that are looked at."""

AT_ONCE = 500
"""Of these, so many are held in memory."""

Statistic = Callable[[Array], Array]
"""What rows of a stratum's values come to, each a way to share them out: a number for each row."""


def stratified_chance(strata: Sequence[tuple[Array, Statistic]], two_sided: bool = False) -> float:
    """How often the sum over all strata would be at least what it is: 0 to 1, never 0.

    Args:
        strata: values of each, with what they come to.
        two_sided: whether the sum is looked at without its sign.
    """
    seen = _size(sum((statistic(values[None, :]) for values, statistic in strata)), two_sided)[0]
    draw, further = np.random.default_rng(0), 0
    for _ in range(RESAMPLES // AT_ONCE):
        total = np.zeros(AT_ONCE)
        for values, statistic in strata:
            rows = np.broadcast_to(values, (AT_ONCE, len(values)))
            total += statistic(draw.permuted(rows, axis=1))
        further += int((_size(total, two_sided) >= seen * (1 - 1e-9)).sum())
    return (further + 1) / (RESAMPLES + 1)


def _size(total: Array | int, two_sided: bool) -> Array:
    sized: Array = np.abs(total) if two_sided else np.asarray(total, dtype=np.float64)
    return sized
