"""The mathematics of the search: properties that hold whatever the trials say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.benchmarks.contest import CONFIDENCES, RATES, ours, problem
from scripts.search.changepoint import Search

pytestmark = pytest.mark.pure

TRIALS = st.lists(st.tuples(st.integers(0, 11), st.booleans(), st.integers(0, 3)), max_size=40)
DEAD = st.sets(st.integers(0, 11), max_size=10)


def searched(trials: list[tuple[int, bool, int]], dead: set[int]) -> Search:
    found = Search(12)
    for point, bad, grade in trials:
        found.record(point, bad, grade)
    for point in dead:
        found.skip(point)
    return found


@given(TRIALS, DEAD)
@settings(max_examples=60, deadline=None)
def test_probabilities_are_probabilities_and_steps_lie_between_testable_points(
    trials: list[tuple[int, bool, int]], dead: set[int]
) -> None:
    found = searched(trials, dead)
    answer = found.answer()
    whole = answer.unchanged + sum(share for _, share in answer.candidates)
    assert 0.98 < whole < 1 + 1e-9
    assert 0 <= answer.confidence <= 1
    if answer.step is not None and answer.before is not None:
        assert answer.before < answer.step
        assert not {answer.before, answer.step} & dead
        assert set(range(answer.before + 1, answer.step)) <= dead
    assert found.next() not in dead


@given(TRIALS, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_trials_does_not_matter(
    trials: list[tuple[int, bool, int]], luck: object
) -> None:
    shuffled = list(trials)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = searched(trials, set()).answer(), searched(shuffled, set()).answer()
    assert one.unchanged == pytest.approx(other.unchanged)
    assert dict(one.candidates) == pytest.approx(dict(other.candidates), abs=2e-3)


@given(TRIALS, st.integers(0, 11))
@settings(max_examples=60, deadline=None)
def test_a_bad_trial_never_speaks_for_a_later_step(
    trials: list[tuple[int, bool, int]], point: int
) -> None:
    plain = [(each, bad, 0) for each, bad, _ in trials]
    before = searched(plain, set())
    after = searched([*plain, (point, True, 0)], set())

    def later(found: Search) -> float:
        """How likely a step behind the point is, among the steps."""
        candidates = found.answer().candidates
        whole = sum(share for _, share in candidates)
        return sum(share for step, share in candidates if step > point) / whole

    if before.answer().candidates and after.answer().candidates:
        assert later(after) <= later(before) + 0.02


@pytest.mark.parametrize("change", range(1, 12))
def test_a_sharp_change_is_found_wherever_it_is(change: int) -> None:
    found = Search(12)
    for count in range(40):
        point = 11 if count == 0 else 0 if count == 1 else found.next()
        found.record(point, point >= change)
    answer = found.answer()
    assert (answer.before, answer.step) == (change - 1, change)
    assert answer.confidence > 0.99


def test_untestable_points_become_part_of_the_step() -> None:
    found = Search(6)
    for point in (2, 3):
        found.skip(point)
    for _ in range(8):
        for point in (0, 1, 4, 5):
            found.record(point, point >= 4)
    answer = found.answer()
    assert (answer.before, answer.step) == (1, 4)


def test_nothing_changing_is_an_answer() -> None:
    found = Search(20)
    for _ in range(12):
        found.record(19, True)
        found.record(0, True)
    answer = found.answer()
    assert answer.step is None
    assert answer.confidence > 0.99


def test_severity_tells_sides_apart_that_fail_alike() -> None:
    def after(grade: int) -> float:
        found = Search(8)
        for point in range(8):
            for bad in (True, True, False, point >= 5):
                found.record(point, bad, grade if bad and point >= 5 else 0)
        return dict(found.answer().candidates).get(5, 0.0)

    assert after(3) > after(0)


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        Search(1)
    found = Search(2)
    found.skip(1)
    with pytest.raises(ValueError, match="fewer than two"):
        found.answer()


def test_answers_are_right_at_least_as_often_as_claimed() -> None:
    claims = []
    for high, low in RATES:
        for number in range(12):
            drawn = problem(22, high, low, 0.1, f"test {high} {low} {number}")
            for confidence, (_, before, step) in ours(drawn).items():
                claims.append((confidence, drawn.right(before, step)))
    for confidence in CONFIDENCES:
        right = [fine for claimed, fine in claims if claimed == confidence]
        assert len(right) == 72
        assert sum(right) / len(right) >= confidence - 0.02
