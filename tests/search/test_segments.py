"""All changes of a row at once: exact where it can be counted by hand, and right on plain rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from scripts.search.segments import Array, changes, levels, rates

pytestmark = pytest.mark.pure


def counted(marginal: Array, expected: float) -> tuple[list[float], float]:
    """The same as `changes`, summed over every way to cut the row."""
    count = len(marginal) - 1
    rate = min(0.5, expected / (count - 1))
    total, steady, shares = 0.0, 0.0, [0.0] * (count - 1)
    for cut in range(2 ** (count - 1)):
        steps = [step for step in range(1, count) if cut >> (step - 1) & 1]
        weight = rate ** len(steps) * (1 - rate) ** (count - 1 - len(steps))
        for start, end in pairwise([0, *steps, count]):
            weight *= math.exp(marginal[start, end])
        total += weight
        steady += weight if not steps else 0.0
        for step in steps:
            shares[step - 1] += weight
    return [share / total for share in shares], steady / total


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=6),
    st.sampled_from((0.25, 1.0, 3.0, 40.0)),
)
@settings(max_examples=60, deadline=None)
def test_it_is_the_sum_over_every_way_to_cut_the_row(
    counts: list[tuple[int, int]], expected: float
) -> None:
    marginal = rates([bad for bad, _ in counts], [bad + good for bad, good in counts])
    shares, steady = counted(marginal, expected)
    assert changes(marginal, expected)[0] == pytest.approx(shares, abs=1e-9)
    assert changes(marginal, expected)[1] == pytest.approx(steady, abs=1e-9)


@pytest.mark.parametrize(("points", "rate"), [(2, 1 / 2), (3, 1 / 2), (4, 1 / 3), (11, 1 / 10)])
def test_before_any_trial_one_change_is_expected_anywhere(points: int, rate: float) -> None:
    shares, steady = changes(rates([0] * points, [0] * points))
    assert shares == pytest.approx([rate] * (points - 1))
    assert steady == pytest.approx((1 - rate) ** (points - 1))


@pytest.mark.parametrize("points", [0, 1])
def test_a_row_without_a_step_has_no_change(points: int) -> None:
    shares, steady = changes(rates([1] * points, [2] * points))
    assert shares.tolist() == []
    assert steady == 1.0


def test_rates_are_predicted_trial_by_trial() -> None:
    # Jeffreys: the next trial is bad with (bad + 1/2) / (trials + 1).
    marginal = np.exp(rates([1, 0, 2], [1, 1, 2]))
    assert marginal[0, 1] == pytest.approx(1 / 2)
    assert marginal[1, 2] == pytest.approx(1 / 2)
    assert marginal[0, 2] == pytest.approx(1 / 2 * 1 / 4)
    assert marginal[2, 3] == pytest.approx(1 / 2 * 3 / 4)
    assert marginal[1, 3] == pytest.approx(1 / 2 * 1 / 4 * 3 / 6)
    assert marginal[0, 3] == pytest.approx(1 / 2 * 1 / 4 * 3 / 6 * 5 / 8)
    assert marginal[2, 1] == pytest.approx(1)


def predicted(logs: Sequence[float]) -> float:
    """The logarithm of how likely values are, each predicted from those before it.

    The level is expected at 0 as if a fiftieth of a value had shown it, the deviation at 0.1 as if
    four had.
    """
    weight, mean, shape, scale = 0.02, 0.0, 2.0, 2.0 * 0.1**2
    total = 0.0
    for value in logs:
        width = math.sqrt(scale * (weight + 1) / (shape * weight))
        total += float(student.logpdf(value, 2 * shape, mean, width))
        scale += weight * (value - mean) ** 2 / (2 * (weight + 1))
        mean = (weight * mean + value) / (weight + 1)
        weight, shape = weight + 1, shape + 0.5
    return total


@given(
    st.lists(st.lists(st.floats(0.01, 1000), max_size=3), min_size=1, max_size=5).filter(
        lambda row: any(row)
    )
)
@settings(max_examples=60, deadline=None)
def test_levels_are_predicted_value_by_value(row: list[list[float]]) -> None:
    centre = float(np.median([math.log(value) for values in row for value in values]))
    marginal = levels(row)
    for start in range(len(row)):
        for end in range(start + 1, len(row) + 1):
            logs = [math.log(value) - centre for values in row[start:end] for value in values]
            assert marginal[start, end] == pytest.approx(predicted(logs), abs=1e-6)
    assert not np.tril(marginal).any()


@pytest.mark.parametrize("row", [[], [[], []]])
def test_levels_without_values_say_nothing(row: list[list[float]]) -> None:
    assert not levels(row).any()
    assert levels(row).shape == (len(row) + 1, len(row) + 1)


def test_levels_do_not_depend_on_the_unit() -> None:
    row = [[3.0, 3.1], [], [2.9], [6.0, 6.2]]
    tenfold = [[10 * value for value in values] for values in row]
    assert levels(tenfold) == pytest.approx(levels(row), abs=1e-9)


def test_good_bad_good_bad_is_four_segments() -> None:
    bad = [0.0] * 5 + [4.0] * 5 + [0.0] * 5 + [4.0] * 5
    shares, _ = changes(rates(bad, [4.0] * 20))
    assert set(np.flatnonzero(shares > 0.9)) == {4, 9, 14}
    assert shares[shares < 0.5].max() < 0.1


def test_a_steady_row_has_no_change() -> None:
    assert changes(rates([1.0] * 20, [2.0] * 20))[0].max() < 0.1
    noisy = [[10.0 * factor] for factor in (1, 1.1, 0.92, 1.05, 0.97, 1.08, 0.95, 1.0)]
    assert changes(levels(noisy))[0].max() < 0.2


def test_a_level_that_doubles_is_a_change() -> None:
    noise = (1, 1.1, 0.92, 1.05, 0.97, 1.08, 0.95, 1.0)
    row = [[3.0 * factor] for factor in noise] + [[6.0 * factor] for factor in noise]
    shares, _ = changes(levels(row))
    assert int(shares.argmax()) == 7
    assert shares[7] > 0.9


def test_points_without_trials_share_a_change_between_them() -> None:
    shares, steady = changes(rates([0, 0, 0, 5], [5, 0, 0, 5]), 1.0)
    assert steady < 0.05
    assert shares.max() - shares.min() < 0.01
