"""Making cases smaller: on simulated ones whose smallest form is known."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.benchmarks import shrinking
from scripts.benchmarks.shrinking import KINDS, RATES, row
from scripts.reduction.lattice import (
    ORIGINAL,
    Counts,
    Point,
    Reduced,
    Reduction,
    Unfit,
    kept_probability,
)

pytestmark = pytest.mark.pure


def found(reduction: Reduction, rate: object) -> Reduced:
    """What a reduction finds where `rate` gives the rate of a case on a side."""
    luck = random.Random(7)  # noqa: S311
    asking = reduction.search()
    told: Sequence[bool] | None = None
    while True:
        try:
            ask = next(asking) if told is None else asking.send(told)
        except StopIteration as end:
            assert isinstance(end.value, Reduced)
            return end.value
        share = rate(ask.point or reduction.top, ask.side)  # type: ignore[operator]
        told = [luck.random() < share for _ in range(ask.count)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", RATES)
def test_simulated_cases_come_near_their_minimum_and_never_drift(kind: str, rate: float) -> None:
    count = 12 if rate > 0.2 else 4
    ours = row(kind, rate, "ours", count, seed=1)
    assert ours.rarer == 0
    assert ours.near >= 0.75 * count


def test_halving_believes_single_runs_and_drifts() -> None:
    assert row("independent", 0.5, "halving", 20, seed=1).rarer > 0


def test_a_seed_that_holds_spares_the_large_cases() -> None:
    tried: list[Point] = []

    def rate(point: Point, side: str) -> float:
        tried.append(point)
        return 1.0 if point in ((9, 9), (2, 1), (1, 1)) else 0.0

    smallest = found(Reduction((9, 9), [True, True], [(0, 1), (2, 1)]), rate)
    assert smallest.point == (1, 1)
    assert smallest.bad == (100, 100)
    assert max(sum(each) for each in tried if each != (9, 9)) <= 3


def test_what_the_good_side_fails_too_is_not_kept() -> None:
    def rate(point: Point, side: str) -> float:
        return 1.0 if side == "bad" or point[0] < 4 else 0.0

    smallest = found(Reduction((9,), [True], two_sided=True), rate)
    assert smallest.point == (4,)
    assert smallest.good == (0, 100)


def test_an_original_that_does_not_fail_ends_it() -> None:
    with pytest.raises(Unfit, match="bad target does not fail: 0 of 20 trials"):
        found(Reduction((9,), [True]), lambda _point, _side: 0.0)


def test_a_good_side_that_fails_ends_it() -> None:
    with pytest.raises(Unfit, match=r"good target fails too: \d+ of \d+ trials"):
        found(Reduction((9,), [True], two_sided=True), lambda _point, _side: 1.0)


def test_a_case_that_luck_kept_is_left_when_it_is_confirmed() -> None:
    # As reliable as needed for a step now and then, but not in a hundred runs.
    smallest = found(Reduction((9,), [True]), lambda point, _side: 1.0 if point[0] > 2 else 0.88)
    assert smallest.point == (3,)
    assert smallest.bad[0] >= 99


def test_dear_trials_of_the_original_are_not_repeated() -> None:
    reduction = Reduction((9,), [True])
    reduction.dear = True
    asked: list[Point] = []

    def rate(point: Point, side: str) -> float:
        asked.append(point)
        return 1.0 if point[0] > 2 else 0.8

    assert found(reduction, rate).point == (3,)
    assert reduction.of(ORIGINAL, "bad").trials <= 4


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40))
@settings(max_examples=50, deadline=None)
def test_more_failures_never_make_a_case_less_reliable(one: int, more: int, trials: int) -> None:
    original = Counts(5, 10)
    fewer = Counts(min(one, trials), trials)
    greater = Counts(min(one + more, trials), trials)
    low, high = (kept_probability(each, original) for each in (fewer, greater))
    assert 0 <= low <= high + 1e-12 <= 1 + 1e-9


def test_problems_are_the_same_for_the_same_seed() -> None:
    assert shrinking.problem("interacting", 0.5, "x") == shrinking.problem("interacting", 0.5, "x")


@pytest.mark.parametrize("share", [0.9, 0.95, 0.97, 0.985])
def test_rarer_by_little_steps_comes_back_to_what_is_reliable(share: float) -> None:
    def rate(point: Point, side: str) -> float:
        return float(share ** sum(max(0, 2 - each) for each in point))

    smallest = found(Reduction((3, 3, 3, 3), [True] * 4), rate)
    assert smallest.bad[0] >= 99
    assert sum(smallest.point) < 12


def test_where_only_the_bare_case_is_reliable_it_is_the_answer() -> None:
    smallest = found(
        Reduction((9, 9), [True] * 2), lambda point, _side: 1.0 if point == (9, 9) else 0.93
    )
    assert smallest.point == (9, 9)


def test_what_is_more_reliable_than_the_original_is_not_given_up_for_less() -> None:
    def rate(point: Point, side: str) -> float:
        return {9: 0.2, 0: 0.2}.get(point[0], 1.0)

    reduction = Reduction((9,), [True], [(4,)])
    smallest = found(reduction, rate)
    assert smallest.point == (1,)


def test_little_time_left_ends_a_step_that_cannot_be_told_soon() -> None:
    reduction = Reduction((9,), [True])
    asked: list[Point] = []

    def rate(point: Point, side: str) -> float:
        asked.append(point)
        reduction.hurry = reduction.hurry or asked.count((3,)) > 5
        return 0.9 if point[0] > 3 else 0.72

    assert found(reduction, rate).point[0] > 3
    assert asked.count((3,)) < 100


def test_a_good_side_that_fails_as_often_is_named() -> None:
    with pytest.raises(Unfit, match=r"good"):
        found(Reduction((9,), [True], two_sided=True), lambda _point, _side: 0.5)


def test_a_claim_rests_on_runs_of_its_own_where_confirming_took_many() -> None:
    smallest = found(Reduction((9,), [True]), lambda _point, _side: 0.5)
    assert smallest.bad[1] == 100


def test_a_case_that_fails_by_chance_is_confirmed_after_another_was_not() -> None:
    ends = []
    for top in range(8, 12):
        reduction = Reduction((top,), [True])
        ends.append(found(reduction, lambda point, _: 0.5 if point[0] > 2 else 0.41))
    assert all(each.bad[1] == 100 for each in ends)


def test_where_the_first_seed_is_not_confirmed_the_next_is_tried() -> None:
    asked: list[Point] = []

    def rate(point: Point, side: str) -> float:
        asked.append(point)
        rates: dict[Point, float] = {(4, 4): 0.95, (6, 6): 1.0, (9, 9): 1.0}
        return rates.get(point, 0.0)

    smallest = found(Reduction((9, 9), [False] * 2, [(4, 4), (6, 6)]), rate)
    assert smallest.point == (6, 6)


def test_no_time_to_confirm_is_said_to_be_so() -> None:
    reduction = Reduction((9,), [True], confirming=100)

    def rate(point: Point, side: str) -> float:
        reduction.hurry = bool(reduction.kept)
        return 0.5

    with pytest.raises(Unfit, match="no time to confirm"):
        found(reduction, rate)
