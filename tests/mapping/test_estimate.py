"""How often trials fail between the settings that were tried: the interval holds what it should."""

import random
from collections.abc import Sequence

import pytest

from scripts.analysis.rates import interval
from scripts.mapping.estimate import CornerCounts, disagree, estimate

pytestmark = pytest.mark.pure

MIDDLE = (0.25,) * 4


def tallies(*counts: tuple[int, int]) -> list[CornerCounts]:
    return [CornerCounts(bad, trials, exposed=trials) for bad, trials in counts]


def test_at_a_corner_it_is_the_corners_own_exact_interval() -> None:
    found = estimate(tallies((1, 4), (0, 4), (0, 4), (4, 4)), (1, 0, 0, 0))
    assert (found.rate, found.kind, found.trials) == (0.25, "measured", 4)
    assert (found.low, found.high) == interval(1, 4)


def test_between_corners_that_agree_all_their_trials_count() -> None:
    found = estimate(tallies(*[(0, 4)] * 4), MIDDLE)
    assert (found.rate, found.kind) == (0, "between")
    assert (found.low, found.high) == pytest.approx(interval(0, 16))


def test_between_corners_that_do_not_nobody_can_tell() -> None:
    found = estimate(tallies((0, 8), (0, 8), (8, 8), (8, 8)), MIDDLE)
    assert found.kind == "border"
    assert (found.low, found.high) == (interval(0, 8)[0], interval(8, 8)[1]) == (0, 1)


def test_a_finer_corner_on_a_side_that_disagrees_makes_it_a_border() -> None:
    corners = tallies(*[(0, 4)] * 4)
    assert estimate(corners, MIDDLE, tallies((4, 4))).kind == "border"
    assert estimate(corners, MIDDLE, tallies((0, 4))).kind == "between"
    assert estimate(corners, MIDDLE, [CornerCounts(silent=3)]).kind == "between"


def test_without_trials_at_a_corner_nothing_is_said() -> None:
    found = estimate(tallies((0, 4), (0, 0), (0, 4), (0, 4)), MIDDLE)
    assert (found.rate, found.low, found.high, found.kind) == (None, 0, 1, "unknown")


def test_trials_that_could_not_show_it_are_told() -> None:
    found = estimate([CornerCounts(0, 3, exposed=0)] * 4, MIDDLE)
    assert (found.rate, found.exposed) == (0, 0)


def test_corners_disagree_from_half_on() -> None:
    assert disagree(tallies((0, 2), (1, 2)))
    assert not disagree(tallies((0, 4), (1, 4)))


@pytest.mark.parametrize(
    "rates", [(0.1, 0.1, 0.1, 0.1), (0.0, 0.1, 0.2, 0.3), (0.9, 0.6, 0.7, 0.8)]
)
def test_the_interval_holds_the_rate_in_95_of_100_maps(rates: Sequence[float]) -> None:
    chance, held, runs = random.Random(1), 0, 2000  # noqa: S311
    weights = (0.4, 0.3, 0.2, 0.1)
    true = sum(rate * weight for rate, weight in zip(rates, weights, strict=True))
    for _ in range(runs):
        corners = [
            CornerCounts(sum(chance.random() < rate for _ in range(4)), 4, exposed=4)
            for rate in rates
        ]
        found = estimate(corners, weights)
        held += found.low <= true <= found.high
    assert held >= 0.95 * runs
