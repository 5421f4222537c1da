"""What a trial tells beside those that run: the mean over how these may come out."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.search import posterior
from scripts.search.changepoint import Search
from scripts.search.posterior import Array

pytestmark = pytest.mark.pure

POINTS = 7

Trials = list[tuple[int, bool]]

TRIALS = st.lists(st.tuples(st.integers(0, POINTS - 1), st.booleans()), max_size=12)

AWAITED = st.lists(st.integers(0, POINTS - 1), max_size=4)


def searched(trials: Sequence[tuple[int, bool]], dead: Sequence[int] = ()) -> Search:
    search = Search(POINTS)
    for point in dead:
        search.skip(point)
    for point, bad in trials:
        search.record(point, bad)
    return search


def gains_by_hand(trials: Trials, awaited: Sequence[int]) -> Array:
    """What a trial tells after each way in which those that run may come out, one by one."""
    search = searched(trials)
    if not awaited:
        return search.gains()
    point, *others = awaited
    bad = search.bad_share(point)
    worse = gains_by_hand([*trials, (point, True)], others)
    return bad * worse + (1 - bad) * gains_by_hand([*trials, (point, False)], others)


@given(TRIALS, AWAITED)
@settings(deadline=None, max_examples=50)
def test_a_trial_tells_what_those_that_run_leave_open(trials: Trials, awaited: list[int]) -> None:
    gains = searched(trials).gains(awaited)
    np.testing.assert_allclose(gains, gains_by_hand(trials, awaited), atol=1e-9)
    assert np.all(gains <= 1 + 1e-9)


@given(TRIALS, AWAITED)
@settings(deadline=None, max_examples=50)
def test_of_many_ways_to_come_out_the_likeliest_tell_nearly_the_same(
    trials: Trials, awaited: list[int]
) -> None:
    search, kept = searched(trials), posterior.OUTCOMES
    exact = search.gains([*awaited, 0, 3, 6])
    posterior.OUTCOMES = 6
    try:
        ways = [search.gains([*awaited, 0, 3, 6]), search.gains(list(range(POINTS)) * 20)]
    finally:
        posterior.OUTCOMES = kept
    assert all(np.all(np.isfinite(way)) for way in ways)
    assert np.all(np.abs(ways[0] - exact) <= 1)


def test_of_a_point_that_cannot_be_tested_nothing_is_awaited() -> None:
    search = searched([(0, False), (6, True)], dead=[3])
    np.testing.assert_array_equal(search.gains([3]), search.gains())
    assert search.next(awaited=[3]) == search.next()


@pytest.mark.parametrize(("workers", "part"), [(2, 1 / 2), (3, 1 / 4), (7, 1 / 7)])
def test_several_workers_split_a_row_that_is_bad_every_time_in_parts(
    workers: int, part: float
) -> None:
    search = Search(97)
    for _ in range(6):
        search.record(0, False)
        search.record(96, True)
    awaited: list[int] = []
    for _ in range(workers):
        awaited.append(search.next(awaited=awaited))
    parts = np.diff([0, *sorted(awaited), 96])
    assert len(parts) == len(set(awaited)) + 1 == workers + 1
    assert max(parts) <= 1.25 * part * 96


def test_a_row_that_is_bad_by_chance_has_several_trials_of_one_point_at_once() -> None:
    search, luck = Search(40), random.Random(2)  # noqa: S311
    for _ in range(60):
        point = search.next()
        search.record(point, point >= 20 and luck.random() < 0.3)
    awaited: list[int] = []
    for _ in range(8):
        awaited.append(search.next(awaited=awaited))
    assert 1 < len(set(awaited)) < 8


@given(TRIALS, AWAITED, st.sampled_from([0.5, 0.9]))
@settings(deadline=None, max_examples=50)
def test_how_likely_a_step_will_be_sure_is_summed_over_the_ways_to_come_out(
    trials: Trials, awaited: list[int], confidence: float
) -> None:
    def share(told: Trials, left: Sequence[int]) -> Array:
        search = searched(told)
        if not left:
            sure = np.zeros(POINTS)
            answer = search.answer()
            if answer.step is not None and answer.confidence >= confidence:
                sure[answer.step] = 1
            return sure
        bad = search.bad_share(left[0])
        worse = share([*told, (left[0], True)], left[1:])
        return bad * worse + (1 - bad) * share([*told, (left[0], False)], left[1:])

    _, step, likely = searched(trials).settling(awaited, confidence)
    by_hand = share(trials, awaited)
    assert likely == pytest.approx(by_hand.max(), abs=1e-6)
    assert by_hand[step] == pytest.approx(likely, abs=1e-6)
