"""How often chance alone would set samples so far apart, where only parts of them are exchangeable.

Within each stratum values are shared out anew, between strata never (stratified as by Mantel and
Haenszel, J. Natl. Cancer Inst. 22, 1959, as an exact test of Fisher's kind, The Design of
Experiments, 1935). scipy's own permutation test knows no strata.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

RESAMPLES = 10_000
"""Ways to share values out that are looked at, of few values."""

LEAST_RESAMPLES = 1_000
"""Of many."""

MOST_DRAWN = 50_000_000
"""Values that are drawn for a test, about, from which on it looks at fewer ways."""

ROUNDING = 1e-9
"""Share of what is compared that may be an error of rounding."""

AT_ONCE = 500_000
"""Values that are held in memory at a time, about."""

Statistic: TypeAlias = "Callable[[Array], Array]"
"""What rows of a stratum's values come to, each a way to share them out: a number for each row."""


def stratified_chance(strata: Sequence[tuple[Array, Statistic]], two_sided: bool = False) -> float:
    """How often the sum over all strata would be at least what it is: 0 to 1, never 0; 1 where all
    values of each stratum are the same.

    Args:
        strata: values of each, with what they come to.
        two_sided: whether the sum is looked at without its sign.
    """
    import numpy as np  # a tenth of a second, for this alone

    if all(len(np.unique(values)) < 2 for values, _ in strata):
        return 1.0
    seen = _size(sum((statistic(values[None, :]) for values, statistic in strata)), two_sided)[0]
    # Ways that come to the same may differ in their last digits.
    largest = max(float(np.abs(values).max()) for values, _ in strata)
    least = seen - ROUNDING * max(abs(seen), largest, largest**2)
    count = sum(len(values) for values, _ in strata)
    resamples = max(LEAST_RESAMPLES, min(RESAMPLES, MOST_DRAWN // count))
    draw, further, looked = np.random.default_rng(0), 0, 0
    while looked < resamples:
        at_once = min(resamples - looked, max(1, AT_ONCE // count))
        total = np.zeros(at_once)
        for values, statistic in strata:
            rows = np.broadcast_to(values, (at_once, len(values)))
            total += statistic(draw.permuted(rows, axis=1))
        further += int((_size(total, two_sided) >= least).sum())
        looked += at_once
    return (further + 1) / (resamples + 1)


def _size(total: Array | int, two_sided: bool) -> Array:
    import numpy as np  # as above

    sized: Array = np.abs(total) if two_sided else np.asarray(total, dtype=np.float64)
    return sized
