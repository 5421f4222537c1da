"""Searches that several workers go on with: what each is given, and that the answer is the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.domain.trial import Target, Trial
from scripts.search.bisection import Bisection
from scripts.search.contrast_finding import contrast_finding
from scripts.search.difference import Difference
from scripts.search.finding import finding
from scripts.search.history import COARSE, COARSE_TRIALS, History
from scripts.search.question import Question
from scripts.search.release_line import release_line
from scripts.search.step import Reason, Step, free_round
from scripts.search.tally import Tally
from tests.builders import (
    MadeUpMixing,
    Trying,
    answered,
    answered_together,
    contrast,
    day_question,
    environment,
    failing_from,
    flaky,
    made,
    question,
)

pytestmark = pytest.mark.pure

WORKERS = st.integers(1, 9)

SEEDS = st.integers(0, 1000)


def handed_out(search: Bisection | History | Difference, workers: int) -> list[Step]:
    """What so many workers get, none of whose trials is over yet."""
    running: list[Step] = []
    while len(running) < workers and (step := search.next(running)) is not None:
        running.append(step)
    return running


def names(search: Bisection | History, steps: list[Step]) -> list[int]:
    return [search.tally.place[step.target] for step in steps]


def slow(change: int) -> Trying:
    def trial(target: Target, order: int) -> Trial:
        dear = int(target.pins[0].split(".")[1]) >= change
        return made(target, order=order, cpu_user=0.9 if dear else 0.3, cpu_system=0.0)

    return trial


def test_a_round_is_neither_one_that_is_over_nor_one_that_runs() -> None:
    asked = question(4)
    running = [Step(number, asked.points[0].target, Reason("ends")) for number in (7, 3)]
    assert free_round(5, running) == 8
    assert free_round(9, running) == 9
    assert free_round(2, []) == 2


def test_both_ends_and_meanwhile_the_most_telling_points_are_tried_at_once() -> None:
    search = Bisection(question(23, most=400))
    steps = handed_out(search, 6)
    assert [step.reason.ground for step in steps[:3]] == ["ends", "ends", "unchanged"]
    assert names(search, steps)[:2] == [22, 0]
    inner = sorted(names(search, steps)[2:])
    assert len(set(inner)) == 4
    assert all(2 <= after - before <= 9 for before, after in zip([0, *inner], [*inner, 22]))  # noqa: B905
    assert [step.round for step in steps] == [1, 2, 3, 4, 5, 6]


def test_what_is_too_much_is_asked_of_both_ends_while_others_are_measured() -> None:
    asked = question(12, signal="slow")
    search = Bisection(asked)
    steps = handed_out(search, 8)
    assert [step.reason.ground for step in steps[:6]] == ["ends"] * 6
    points = names(search, steps)
    assert sorted(points[:6]) == [0, 0, 0, 11, 11, 11]
    assert len({0, 11, *points[6:]}) == 4
    # One that was measured before that is set is tried again no sooner than one that runs.
    trial = slow(6)(steps[6].target, 7)
    search.take(steps[6], trial, made(asked.control, cpu_user=0.1, cpu_system=0.0))
    following = search.next([*steps[:6], steps[7]])
    assert following is not None
    assert search.tally.place[following.target] not in points


def test_all_that_confirms_a_step_is_tried_at_once() -> None:
    search = Bisection(question(12, confidence=0.95))
    trying = flaky(5, 1.0)
    while search.sure is None:
        step = search.next()
        assert step is not None
        search.take(step, trying(step.target, step.round), None)
    steps = handed_out(search, 8)
    assert [step.reason.ground for step in steps] == ["confirming"] * 4
    assert sorted(names(search, steps)) == [0, 4, 5, 11]


def test_a_step_is_confirmed_before_the_trials_that_will_make_it_sure_are_over() -> None:
    search = Bisection(question(12, confidence=0.95))
    trying = flaky(5, 1.0)
    running: list[Step] = []
    early = []
    while search.sure is None:
        while len(running) < 8 and (step := search.next(running)) is not None:
            running.append(step)
            early += [step] if step.reason.ground == "confirming" else []
        over = running.pop(0)
        search.take(over, trying(over.target, over.round), None)
    assert early


def test_packages_that_moved_together_are_told_apart_by_all_workers() -> None:
    def trial(target: Target, order: int) -> Trial:
        late = int(target.pins[0].split(".")[1]) >= 5
        other = next((pin for pin in target.pins if pin.startswith("anyio")), "")
        anyio = other.removeprefix("anyio==") or ("4.16" if late else "4.6")
        holds = {"httpx": target.pins[0].removeprefix("httpx=="), "anyio": anyio}
        return made(target, order=order, failed=2 * late, environment=environment(holds))

    search = answered_together(Bisection(question(10)), trial, 6)
    moved = finding(search).moved_with
    assert moved is not None
    assert moved.did == "package"


@pytest.mark.parametrize("signal", ["ReadError", "slow"])
def test_the_first_look_of_a_history_is_handed_out_at_once(signal: str) -> None:
    search = History(question(33, signal=signal))
    steps = handed_out(search, 50)
    assert len(steps) == COARSE * COARSE_TRIALS
    assert {step.reason.ground for step in steps} == {"first look"}
    points = names(search, steps)
    assert sorted(points[:COARSE]) == sorted(points[COARSE:]) == list(range(0, 33, 4))


@pytest.mark.parametrize("signal", ["ReadError", "slow"])
def test_a_history_looks_at_several_points_between_two_at_once(signal: str) -> None:
    asked = question(65, signal=signal)
    search = History(asked)
    trying = flaky(20, 1.0) if signal == "ReadError" else slow(20)
    beside = made(asked.control, cpu_user=0.1, cpu_system=0.0) if asked.control else None
    for step in handed_out(search, 18):
        search.take(step, trying(step.target, step.round), beside)
    points = names(search, handed_out(search, 3))
    assert points[0] == 20
    assert len(set(points)) == 3
    assert {16 < point < 24 for point in points} == {True}


def test_a_history_awaits_what_runs_elsewhere_than_where_it_is_tried() -> None:
    search = History(question(20, confidence=0.95))
    trying = flaky(8, 1.0)
    for _ in range(40):
        step = search.next()
        assert step is not None
        search.take(step, trying(step.target, step.round), None)
    points = names(search, handed_out(search, 6))
    assert len(set(points)) >= 4


SEARCHES: dict[str, tuple[Callable[[], Question], Callable[[int], Trying]]] = {
    "every time": (lambda: question(12, confidence=0.95), lambda seed: flaky(5, 1.0, seed=seed)),
    "by chance": (lambda: question(12), lambda seed: flaky(5, 0.6, seed=seed)),
    "slow": (lambda: question(12, signal="slow"), lambda _seed: slow(5)),
    "no bad end": (lambda: question(12, widen="bad"), lambda _seed: flaky(5, 1.0)),
    "no good end": (lambda: question(12, widen="good"), lambda _seed: flaky(5, 1.0)),
    "days": (lambda: day_question(10), lambda _seed: failing_from(5)),
}


@pytest.mark.parametrize("name", SEARCHES)
@given(workers=WORKERS, seed=SEEDS)
@settings(deadline=None, max_examples=4)
def test_a_bisection_ends_alike_in_whatever_order_its_trials_do(
    name: str, workers: int, seed: int
) -> None:
    ask, trying = SEARCHES[name]
    alone = finding(answered(Bisection(ask()), trying(seed)))
    search = answered_together(Bisection(ask()), trying(seed), workers, seed)
    together = finding(search)
    assert (together.ending, together.sides) == (alone.ending, alone.sides)
    assert search.next() is None


@pytest.mark.parametrize("workers", [2, 8])
def test_days_the_wrong_way_round_are_noticed_by_several_too(workers: int) -> None:
    search = answered_together(Bisection(day_question()), failing_from(5, goes=True), workers)
    assert search.backwards


@pytest.mark.parametrize("signal", ["ReadError", "slow"])
@given(workers=WORKERS, seed=SEEDS)
@settings(deadline=None, max_examples=2)
def test_a_history_ends_alike_in_whatever_order_its_trials_do(
    signal: str, workers: int, seed: int
) -> None:
    trying = flaky(5, 1.0) if signal == "ReadError" else slow(5)
    asked = question(12, signal=signal, confidence=0.95)
    line = release_line(answered_together(History(asked), trying, workers, seed))
    (change,) = line.changes
    assert (line.verdict, change.after) == ("changes", "1.5")


@given(workers=WORKERS, seed=SEEDS)
@settings(deadline=None, max_examples=4)
def test_a_difference_ends_alike_in_whatever_order_its_trials_do(workers: int, seed: int) -> None:
    asked = contrast()

    def trying(target: Target, order: int) -> Trial:
        bad = {"anyio", "six"} <= asked.changes_of(target)
        return made(target, order=order, failed=2 * bad)

    search = Difference(asked, MadeUpMixing(asked))
    answer = contrast_finding(answered_together(search, trying, workers, seed))
    assert answer.ending == "explained"
    assert [set(cause.changes) for cause in answer.causes] == [{"anyio", "six"}]


def test_a_difference_tries_ahead_what_will_be_needed_most_likely() -> None:
    asked = contrast()
    search = Difference(asked, MadeUpMixing(asked))
    steps = handed_out(search, 6)
    assert [step.reason.ground for step in steps[:2]] == ["ends", "ends"]
    assert any(step.target not in (asked.good, asked.bad) for step in steps[2:])


@pytest.mark.parametrize("workers", [1, 3, 8])
@pytest.mark.parametrize("most", [1, 5, 13])
def test_trials_that_run_count_among_those_that_may_be_run(workers: int, most: int) -> None:
    asked = contrast(most=most)
    searches: list[tuple[Bisection | History | Difference, Tally]] = []
    for search in (
        Bisection(question(12, most=most)),
        History(question(12, most=most)),
        Difference(asked, MadeUpMixing(asked)),
    ):
        searches.append((search, search.tally))
    for search, tally in searches:
        answered_together(search, lambda target, order: made(target, order=order), workers)
        assert len(tally.records) <= most
