"""The tally that searches share, and the ends that are found with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from scripts.analysis import signals
from scripts.search import threshold
from scripts.search.question import Question
from scripts.search.step import Reason
from scripts.search.tally import Tally
from scripts.search.widening import Widening
from scripts.trials.campaign import STARTING
from tests.builders import made, question

pytestmark = pytest.mark.pure

Fields = dict[str, Any]


def filled(asked: Question, *trials: tuple[int, Fields]) -> Tally:
    """A tally of some trials, each given by its point and its fields."""
    tally = Tally(asked.points, signals.parse(asked.signal))
    for number, (point, fields) in enumerate(trials, 1):
        target = asked.points[point].target
        control = made(asked.control, cpu_user=0.1, cpu_system=0.0) if asked.control else None
        tally.take(target, made(target, order=number, round=number, **fields), control)
    return tally


BAD: Fields = {"failed": 3}
GOOD: Fields = {}
GONE: Fields = {"outcome": "unavailable", "detail": "no wheel"}


def test_trials_are_counted_by_point() -> None:
    tally = filled(question(3), (0, GOOD), (2, BAD), (2, GOOD), (1, GONE))
    assert [tally.count(point) for point in range(3)] == [(0, 1), (0, 0), (1, 2)]
    assert [tally.untestable(point) for point in range(3)] == [False, True, False]
    assert tally.values(2) == [3.0, 0.0]
    assert (tally.judged, len(tally.records), tally.following) == (3, 4, 5)


def test_other_failures_are_counted_by_name() -> None:
    tally = filled(question(2, signal="PoolTimeout"), (0, BAD), (1, BAD), (1, GOOD))
    assert tally.otherwise == {"ReadError": 2}
    assert tally.count(1) == (0, 2)


def test_a_point_costs_what_its_own_trials_took_else_what_all_did() -> None:
    tally = filled(question(3), (0, {"wall": 4.0}), (1, {"wall": 20.0}))
    assert tally.costs == [4.0 + STARTING, 20.0 + STARTING, 12.0 + STARTING]
    assert filled(question(2)).costs == [STARTING, STARTING]


def test_slow_is_unset_until_both_ends_were_measured_often_enough() -> None:
    cheap: Fields = {"cpu_user": 0.1, "cpu_system": 0.0}
    dear: Fields = {"cpu_user": 0.9, "cpu_system": 0.0}
    few = [(0, cheap), (1, dear)] * (threshold.EACH_END - 1)
    tally = filled(question(2, signal="slow"), *few)
    threshold.settle(tally, 0, 1)
    assert tally.signal.unset
    tally = filled(question(2, signal="slow"), *few, (0, cheap), (1, dear))
    threshold.settle(tally, 0, 1)
    assert tally.signal.threshold == pytest.approx(3.0)
    assert (tally.count(0), tally.count(1)) == ((0, 3), (3, 3))


def wanted(widening: Widening, tally: Tally, awaited: Sequence[int] = ()) -> tuple[int, Reason]:
    """What is to be tried next, where something is."""
    choice = widening.next(tally, awaited)
    assert choice is not None
    return choice


def handed_out(widening: Widening, tally: Tally, most: int) -> list[int]:
    """The points that so many workers get, all at once."""
    awaited: list[int] = []
    while len(awaited) < most and (choice := widening.next(tally, awaited)) is not None:
        awaited.append(choice[0])
    return awaited


def test_a_missing_bad_end_is_looked_for_one_two_four_points_away() -> None:
    asked = question(10, widen="bad")
    widening, edges = Widening(asked), []
    trials: list[tuple[int, Fields]] = []
    while widening.end:
        point, reason = wanted(widening, filled(asked, *trials))
        assert reason.ground == "bad end"
        edges.append(point)
        trials.append((point, BAD if point >= 4 else GOOD))
        widening.narrow(filled(asked, *trials))
    assert list(dict.fromkeys(edges)) == [1, 2, 4]
    assert (widening.first, widening.last) == (0, 4)


def test_a_good_end_is_looked_for_once_it_is_clear_how_often_the_bad_one_is_bad() -> None:
    asked = question(10, widen="good")
    widening = Widening(asked)
    point, reason = wanted(widening, filled(asked))
    assert (point, reason.ground) == (9, "bad rate")
    point, reason = wanted(widening, filled(asked, (9, BAD), (9, BAD), (9, BAD)))
    assert (point, reason.ground) == (8, "good end")


def test_several_workers_try_a_missing_end_and_those_after_it_at_once() -> None:
    asked = question(10, widen="bad")
    assert handed_out(Widening(asked), filled(asked), 6) == [1, 1, 2, 1, 2, 4]
    # No more of each than would make it good: that is all there is.
    assert sorted(handed_out(Widening(asked), filled(asked), 50)) == sorted([1, 2, 4, 8, 9] * 3)


def test_how_often_a_bad_end_is_bad_and_where_the_good_one_is_are_asked_at_once() -> None:
    asked = question(10, widen="good")
    assert handed_out(Widening(asked), filled(asked), 6) == [9, 9, 9, 8, 8, 7]
    rarely = filled(asked, (9, GOOD), (9, GOOD), (9, GOOD))
    assert set(handed_out(Widening(asked), rarely, 8)) == {9}


def test_an_end_that_is_told_before_a_nearer_one_is_taken_once_that_is_told() -> None:
    asked = question(10, widen="bad")
    widening, trials = Widening(asked), [(2, BAD), (1, GOOD), (1, GOOD)]
    widening.narrow(filled(asked, *trials))
    assert widening.end == "bad"
    widening.narrow(filled(asked, *trials, (1, GOOD)))
    assert (widening.end, widening.first, widening.last) == ("", 0, 2)
