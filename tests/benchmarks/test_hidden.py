"""Hidden steps: drawn from their seed, tried with their own luck, and claims judged by them."""

from __future__ import annotations

import pytest

from scripts.benchmarks.hidden import ChangeClaim, HiddenStep, Terrain, hidden_step

pytestmark = pytest.mark.pure


def test_rows_are_the_same_for_the_same_seed() -> None:
    terrain = Terrain(22, 0.5, 0.1, 0.3)
    one, other = (hidden_step(terrain, "x") for _ in range(2))
    assert one == other
    assert one != hidden_step(terrain, "y")
    (first, second) = (row.trials() for row in (one, other))
    points = [*range(22)] * 3
    assert [first(point) for point in points] == [second(point) for point in points]


def test_both_ends_can_be_tested_and_the_step_lies_behind_the_first() -> None:
    rows = [hidden_step(Terrain(5, 1.0, 0.0, 0.9), str(seed)) for seed in range(200)]
    assert {row.step for row in rows} == {1, 2, 3, 4}
    assert set().union(*(row.untestable for row in rows)) == {1, 2, 3}


def test_where_both_rates_are_one_nothing_changes() -> None:
    assert Terrain(9, 0.3, 0.3).flat
    assert hidden_step(Terrain(9, 0.3, 0.3), "x").step is None


def test_trials_are_bad_from_the_step_on() -> None:
    row = HiddenStep(Terrain(6, 1.0, 0.0), 3, frozenset({4}), "x")
    trial = row.trials()
    assert [trial(point) for point in range(6)] == [False, False, False, True, None, True]


@pytest.mark.parametrize(
    ("claim", "right"),
    [
        (ChangeClaim(9, 2, 3), True),
        (ChangeClaim(9, 1, 5), True),
        (ChangeClaim(9, 3, 4), False),
        (ChangeClaim(9, 1, 2), False),
        (ChangeClaim(9), False),
        (ChangeClaim(9, silent=True), False),
    ],
)
def test_a_claim_is_right_where_the_step_lies_within_it(claim: ChangeClaim, right: bool) -> None:
    assert HiddenStep(Terrain(6, 1.0, 0.0), 3, frozenset(), "x").agrees(claim) == right


def test_that_nothing_changes_is_right_where_nothing_does() -> None:
    row = HiddenStep(Terrain(6, 0.5, 0.5), None, frozenset(), "x")
    assert row.agrees(ChangeClaim(9))
    assert not row.agrees(ChangeClaim(9, silent=True))
    assert not row.agrees(ChangeClaim(9, 2, 3))
