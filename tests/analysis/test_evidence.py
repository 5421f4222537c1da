"""Evidence that may be looked at after every trial."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from scripts.analysis.evidence import below, fewer, median_interval, rate_interval

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("share", [0.5, 0.7, 1.0])
def test_evidence_of_fewer_is_one_on_average_at_most_where_it_is_not_so(share: float) -> None:
    for told in (1, 5, 30):
        mean = sum(
            float(binom.pmf(after, told, share)) * fewer(told - after, after)
            for after in range(told + 1)
        )
        assert mean <= 1 + 1e-9
        assert (mean > 1 - 1e-9) == (share == 0.5)


@pytest.mark.parametrize(("rate", "bound"), [(0.1, 0.1), (0.3, 0.1), (1.0, 0.1)])
def test_evidence_of_a_rate_below_is_one_on_average_at_most_where_it_is_not_so(
    rate: float, bound: float
) -> None:
    for trials in (1, 5, 60):
        mean = sum(
            float(binom.pmf(bad, trials, rate)) * below(bad, trials, bound)
            for bad in range(trials + 1)
        )
        assert mean <= 1 + 1e-9
        assert (mean > 1 - 1e-9) == (rate == bound)


def test_forty_four_trials_without_a_failure_show_a_tenth_at_most() -> None:
    assert below(0, 43, 0.1) < 100 <= below(0, 44, 0.1)


def test_eleven_pairs_that_tell_and_all_the_same_show_fewer() -> None:
    assert fewer(10, 0) < 200 <= fewer(11, 0)
    assert fewer(0, 0) == pytest.approx(1)


def test_numbers_beyond_a_float_are_infinite_or_nothing() -> None:
    assert fewer(5000, 0) == math.inf
    assert fewer(0, 5000) == 0
    assert below(0, 50_000, 0.1) == math.inf
    assert below(5000, 5000, 0.1) == 0


@given(st.integers(0, 200), st.integers(0, 200))
def test_an_interval_of_a_rate_holds_what_was_seen(bad: int, good: int) -> None:
    low, high = rate_interval(bad, bad + good, 0.95)
    assert 0 <= low <= high <= 1
    if bad + good:
        assert low <= bad / (bad + good) <= high
    assert (low == 0) if not bad else True
    assert (high == 1) if not good else True
    mirrored = rate_interval(good, bad + good, 0.95)
    assert mirrored[0] == pytest.approx(1 - high, abs=1e-6)
    assert mirrored[1] == pytest.approx(1 - low, abs=1e-6)
    wider_low, wider_high = rate_interval(bad, bad + good, 0.99)
    assert wider_low <= low
    assert high <= wider_high


def test_an_interval_of_a_rate_holds_it_at_every_moment_as_often_as_it_says() -> None:
    rate, trials, confidence = 0.3, 60, 0.9
    outside = {
        (bad, count)
        for count in range(1, trials + 1)
        for bad in range(count + 1)
        if not (lambda ends: ends[0] <= rate <= ends[1])(rate_interval(bad, count, confidence))
    }
    # The chance of each path that never left: those that leave are not counted any further.
    inside = {0: 1.0}
    for count in range(1, trials + 1):
        following: dict[int, float] = {}
        for bad, chance in inside.items():
            for more, share in ((0, 1 - rate), (1, rate)):
                if (bad + more, count) not in outside:
                    following[bad + more] = following.get(bad + more, 0.0) + chance * share
        inside = following
    assert sum(inside.values()) >= confidence


def test_an_interval_of_a_median_needs_values_that_suffice() -> None:
    assert median_interval([], 0.95) is None
    assert median_interval([1.0] * 6, 0.95) is None
    assert median_interval([float(value) for value in range(1, 11)], 0.95) == (1, 10)
    assert median_interval([float(value) for value in range(40, 0, -1)], 0.95) == (11, 30)
