"""A measure beside its bare counterpart, out of interleaved pairs."""

from __future__ import annotations

import pytest

from scripts.benchmarks.costs import compare

pytestmark = pytest.mark.pure


def test_the_ratio_is_the_median_of_the_pairs_with_its_interval() -> None:
    pairs = [(2.0, 2.0 * factor) for factor in (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9)]
    comparison = compare("seconds", pairs, 1.1)
    assert (comparison.name, comparison.bound, comparison.pairs) == ("seconds", 1.1, 10)
    assert comparison.bare == 2.0
    assert comparison.ours == pytest.approx(2.9)
    assert comparison.ratio == pytest.approx(1.45)
    # Order statistics: 2nd and 9th of ten hold the median at 97.9 %.
    assert comparison.low == pytest.approx(1.1)
    assert comparison.high == pytest.approx(1.8)


def test_too_few_pairs_have_no_interval() -> None:
    comparison = compare("seconds", [(1.0, 1.5), (1.0, 1.1)], 1.1)
    assert (comparison.low, comparison.high) == (None, None)
    assert comparison.ratio == pytest.approx(1.3)
