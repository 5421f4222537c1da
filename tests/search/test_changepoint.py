"""The mathematics of the search: exact where it can be summed by hand, and properties that hold
whatever the trials say."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.search.changepoint import Answer, Search
from scripts.search.posterior import FLAT, HIGH, LOW

pytestmark = pytest.mark.pure

TRIALS = st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=40)
DEAD = st.sets(st.integers(0, 11), max_size=10)


def searched(trials: Sequence[tuple[int, bool]], dead: set[int], points: int = 12) -> Search:
    search = Search(points)
    for point, bad in trials:
        search.record(point, bad)
    for point in dead:
        search.skip(point)
    return search


@dataclass(frozen=True)
class World:
    """One way in which the trials may have come about.

    Attributes:
        step: first point from which the later rate holds; None where one rate holds everywhere.
        low, high: the two rates.
        weight: probability, before the trials or after.
    """

    step: int | None
    low: float
    high: float
    weight: float

    def rate(self, point: int) -> float:
        """How often trials of a point are bad."""
        return self.high if self.step is not None and point >= self.step else self.low


def worlds(points: int, dead: set[int]) -> Iterator[World]:
    """Every way, with its probability before any trial."""
    testable = [point for point in range(points) if point not in dead]
    pairs = []
    for high, weight in HIGH.items():
        lows = {low: share for low, share in LOW.items() if 4 * low <= high}
        pairs += [(low, high, weight * lows[low] / sum(lows.values())) for low in lows]
    total = sum(weight for *_, weight in pairs)
    for before, step in pairwise(testable):
        width = (step - before) / (testable[-1] - testable[0])
        for low, high, weight in pairs:
            yield World(step, low, high, 0.75 * width * weight / total)
    for rate in FLAT:
        yield World(None, float(rate), float(rate), 0.25 / len(FLAT))


def believed(points: int, dead: set[int], trials: Sequence[tuple[int, bool]]) -> list[World]:
    """Every way, with its probability after the trials."""
    likely = []
    for world in worlds(points, dead):
        weight = world.weight
        for point, bad in trials:
            weight *= world.rate(point) if bad else 1 - world.rate(point)
        likely.append(World(world.step, world.low, world.high, weight))
    total = sum(world.weight for world in likely)
    return [World(world.step, world.low, world.high, world.weight / total) for world in likely]


def coin(rate: float) -> float:
    """Entropy in bits of something that happens at a rate."""
    return -sum(share * math.log2(share) for share in (rate, 1 - rate) if share > 0)


def gain(point: int, likely: list[World]) -> float:
    """Bits that a trial of a point tells: seven tenths about the step, three about all."""
    bad = sum(world.weight * world.rate(point) for world in likely)
    by_step = 0.0
    for step in {world.step for world in likely}:
        share = sum(world.weight for world in likely if world.step == step)
        inside = sum(world.weight * world.rate(point) for world in likely if world.step == step)
        by_step += share * coin(inside / share) if share else 0.0
    by_all = sum(world.weight * coin(world.rate(point)) for world in likely)
    return 0.7 * (coin(bad) - by_step) + 0.3 * (coin(bad) - by_all)


SMALL = st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=14)


@given(SMALL, st.sets(st.integers(0, 5), max_size=4))
@settings(max_examples=60, deadline=None)
def test_the_answer_is_the_sum_over_every_step_and_every_rate(
    trials: list[tuple[int, bool]], dead: set[int]
) -> None:
    trials = [(point, bad) for point, bad in trials if point not in dead]
    likely = believed(6, dead, trials)
    steps = {
        step: sum(world.weight for world in likely if world.step == step)
        for step in {world.step for world in likely}
    }
    unchanged = steps.pop(None)
    answer = searched(trials, dead, 6).answer()
    assert answer.unchanged == pytest.approx(unchanged, rel=1e-9)
    for step, share in answer.candidates:
        assert share == pytest.approx(steps[step], rel=1e-9)
    shares = [share for _, share in answer.candidates]
    assert shares == sorted(shares, reverse=True)
    clear = {step for step, share in steps.items() if share > 0.00100001}
    assert clear <= {step for step, _ in answer.candidates}
    assert all(share >= 0.001 for share in shares)
    best = max(steps.values())
    sure = max(0.0, 1 - 1.5 * (1 - max(best, unchanged)))
    assert answer.confidence == pytest.approx(sure, rel=1e-9, abs=1e-12)
    if unchanged > best * (1 + 1e-9):
        assert (answer.before, answer.step) == (None, None)
    elif best > unchanged * (1 + 1e-9):
        assert answer.step is not None
        assert steps[answer.step] == pytest.approx(best)
        assert answer.before == max(point for point in range(answer.step) if point not in dead)


@given(SMALL, st.sets(st.integers(0, 5), max_size=4), st.lists(st.floats(0.3, 3), min_size=6))
@settings(max_examples=60, deadline=None)
def test_the_next_trial_is_where_it_tells_most_per_cost(
    trials: list[tuple[int, bool]], dead: set[int], costs: list[float]
) -> None:
    trials = [(point, bad) for point, bad in trials if point not in dead]
    likely = believed(6, dead, trials)
    gains = {point: gain(point, likely) for point in range(6) if point not in dead}
    search = searched(trials, dead, 6)
    for chosen, worth in (
        (search.next(), gains),
        (search.next(costs), {point: bits / costs[point] for point, bits in gains.items()}),
    ):
        assert worth[chosen] >= max(worth.values()) * (1 - 2e-9)


@pytest.mark.parametrize(
    ("points", "bads", "goods", "expected"),
    [
        (2, [], [], Answer(1, 0, 0.625, ((1, 0.75),), 0.25)),
        (2, [1], [0], Answer(1, 0, 0.88752, ((1, 0.92501),), 0.07499)),
        (2, [0, 1], [], Answer(None, None, 0.65495, ((1, 0.23004),), 0.76996)),
        (4, [3, 3], [0, 0], Answer(1, 0, 0.0, ((1, 0.32613), (2, 0.32613), (3, 0.32613)), 0.02162)),
        (
            4,
            [3, 3, 2, 2],
            [0, 0, 1, 1],
            Answer(2, 1, 0.93701, ((2, 0.95801), (1, 0.02990), (3, 0.00755)), 0.00455),
        ),
    ],
)
def test_answers_of_small_rows(
    points: int, bads: list[int], goods: list[int], expected: Answer
) -> None:
    trials = [(point, True) for point in bads] + [(point, False) for point in goods]
    answer = searched(trials, set(), points).answer()
    assert (answer.before, answer.step) == (expected.before, expected.step)
    assert answer.confidence == pytest.approx(expected.confidence, abs=5e-6)
    assert answer.unchanged == pytest.approx(expected.unchanged, abs=5e-6)
    assert [step for step, _ in answer.candidates] == [step for step, _ in expected.candidates]
    assert dict(answer.candidates) == pytest.approx(dict(expected.candidates), abs=5e-6)


@given(TRIALS, DEAD)
@settings(max_examples=60, deadline=None)
def test_probabilities_are_probabilities_and_steps_lie_between_testable_points(
    trials: list[tuple[int, bool]], dead: set[int]
) -> None:
    search = searched(trials, dead)
    answer = search.answer()
    total = answer.unchanged + sum(share for _, share in answer.candidates)
    assert 0.98 < total < 1 + 1e-9
    assert 0 <= answer.confidence <= 1
    if answer.step is not None and answer.before is not None:
        assert answer.before < answer.step
        assert not {answer.before, answer.step} & dead
        assert set(range(answer.before + 1, answer.step)) <= dead
    assert search.next() not in dead


@given(TRIALS, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_trials_does_not_matter(trials: list[tuple[int, bool]], luck: object) -> None:
    shuffled = list(trials)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = searched(trials, set()).answer(), searched(shuffled, set()).answer()
    assert one.unchanged == pytest.approx(other.unchanged)
    assert dict(one.candidates) == pytest.approx(dict(other.candidates), abs=2e-3)


@given(TRIALS, st.integers(0, 11))
@settings(max_examples=60, deadline=None)
def test_a_bad_trial_never_speaks_for_a_later_step(
    trials: list[tuple[int, bool]], point: int
) -> None:
    before = searched(trials, set())
    after = searched([*trials, (point, True)], set())

    def later(search: Search) -> float:
        """How likely a step behind the point is, among the steps."""
        candidates = search.answer().candidates
        total = sum(share for _, share in candidates)
        return sum(share for step, share in candidates if step > point) / total

    if before.answer().candidates and after.answer().candidates:
        assert later(after) <= later(before) + 0.02


@pytest.mark.parametrize("change", range(1, 12))
def test_a_sharp_change_is_located_wherever_it_is(change: int) -> None:
    search = Search(12)
    for count in range(40):
        point = 11 if count == 0 else 0 if count == 1 else search.next()
        search.record(point, point >= change)
    answer = search.answer()
    assert (answer.before, answer.step) == (change - 1, change)
    assert answer.confidence > 0.99


def test_untestable_points_become_part_of_the_step() -> None:
    search = Search(6)
    for point in (2, 3):
        search.skip(point)
    for _ in range(8):
        for point in (0, 1, 4, 5):
            search.record(point, point >= 4)
    answer = search.answer()
    assert (answer.before, answer.step) == (1, 4)


def test_a_step_across_untestable_points_is_as_likely_as_the_steps_it_joins() -> None:
    answer = searched([], {2, 3}, 6).answer()
    assert dict(answer.candidates) == pytest.approx({1: 0.15, 4: 0.45, 5: 0.15})


def test_nothing_changing_is_an_answer() -> None:
    search = Search(20)
    for _ in range(12):
        search.record(19, True)
        search.record(0, True)
    answer = search.answer()
    assert answer.step is None
    assert answer.confidence > 0.99


def test_what_is_taken_in_later_counts() -> None:
    search = Search(4)
    assert search.answer().step is None
    assert search.answer().unchanged == pytest.approx(0.25)
    for _ in range(6):
        search.record(3, True)
        search.record(2, False)
    assert (search.answer().before, search.answer().step) == (2, 3)
    assert [search.trials(point) for point in range(4)] == [(0, 0), (0, 0), (0, 6), (6, 6)]
    search.skip(2)
    assert search.testable == [0, 1, 3]
    assert (search.answer().before, search.answer().step) == (1, 3)


def test_of_points_that_tell_alike_the_one_tried_least_is_next() -> None:
    # Sure of the step, all points before it tell the same: how often they are bad.
    search = Search(8)
    for _ in range(40):
        for point in (5, 6):
            search.record(point, point >= 6)
    earlier_are_cheap = [1.0] * 5 + [1e9] * 3
    assert search.next(earlier_are_cheap) == 0
    for point in (0, 1, 3):
        search.record(point, False)
    assert search.next(earlier_are_cheap) == 2
    search.record(2, False)
    assert search.next(earlier_are_cheap) == 4


@pytest.mark.parametrize("free", [0.0, -1.0])
def test_a_trial_that_costs_nothing_is_next(free: float) -> None:
    search = searched([(0, False), (5, True)], set(), 6)
    for point in range(6):
        assert search.next([free if other == point else 1.0 for other in range(6)]) == point


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        Search(1)
    search = Search(2)
    search.skip(1)
    with pytest.raises(ValueError, match="fewer than two"):
        search.answer()
    with pytest.raises(ValueError, match="fewer than two"):
        search.next()
