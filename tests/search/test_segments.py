"""All changes of a row at once: exact where it can be counted by hand, and right on plain rows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.search.segments import EXPECTED, changes, levels, rates

pytestmark = pytest.mark.pure


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=6))
@settings(max_examples=40, deadline=None)
def test_it_is_the_sum_over_every_way_to_cut_the_row(counts: list[tuple[int, int]]) -> None:
    bad = [float(each[0]) for each in counts]
    whole = [float(sum(each)) for each in counts]
    marginal = rates(bad, whole)
    count = len(counts)
    rate = min(0.5, EXPECTED / (count - 1))
    total, alone, each = 0.0, 0.0, np.zeros(count - 1)
    for cut in range(2 ** (count - 1)):
        steps = [step for step in range(1, count) if cut >> (step - 1) & 1]
        weight = rate ** len(steps) * (1 - rate) ** (count - 1 - len(steps))
        for start, end in pairwise([0, *steps, count]):
            weight *= float(np.exp(marginal[start, end]))
        total += weight
        alone += weight if not steps else 0.0
        for step in steps:
            each[step - 1] += weight
    found, steady = changes(marginal)
    assert found == pytest.approx(each / total, abs=1e-9)
    assert steady == pytest.approx(alone / total, abs=1e-9)


def test_good_bad_good_bad_is_four_segments() -> None:
    bad = [0.0] * 5 + [4.0] * 5 + [0.0] * 5 + [4.0] * 5
    found, _ = changes(rates(bad, [4.0] * 20))
    assert set(np.flatnonzero(found > 0.9)) == {4, 9, 14}
    assert found[found < 0.5].max() < 0.1


def test_a_steady_row_has_no_change() -> None:
    assert changes(rates([1.0] * 20, [2.0] * 20))[0].max() < 0.1
    noisy = [[10.0 * factor] for factor in (1, 1.1, 0.92, 1.05, 0.97, 1.08, 0.95, 1.0)]
    assert changes(levels(noisy))[0].max() < 0.2


def test_a_level_that_doubles_is_a_change() -> None:
    noise = (1, 1.1, 0.92, 1.05, 0.97, 1.08, 0.95, 1.0)
    row = [[3.0 * each] for each in noise] + [[6.0 * each] for each in noise]
    found, _ = changes(levels(row))
    assert int(found.argmax()) == 7
    assert found[7] > 0.9


def test_points_without_trials_share_a_change_between_them() -> None:
    found, steady = changes(rates([0, 0, 0, 5], [5, 0, 0, 5]), 1.0)
    assert steady < 0.05
    assert found.max() - found.min() < 0.01
