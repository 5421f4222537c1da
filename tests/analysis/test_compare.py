"""How the trials of a survey are judged, one entry beside another."""

from typing import Any

import pytest
from msgspec import structs

from scripts.analysis.catalogue import STALE, STARVED
from scripts.analysis.causes import main_cause
from scripts.analysis.compare import (
    SIGNIFICANT,
    Key,
    affected,
    answered,
    chance,
    judged,
    significant,
)
from scripts.domain.surveys import Entry, Survey, Topic
from scripts.domain.targets import control, parse
from scripts.domain.trial import AS_WRITTEN, Failure, Link, Load, Requests, Trial
from tests.builders import READ_ERROR, SERVED, USED, changed, failing, made

pytestmark = pytest.mark.pure

OTHER = (control(), made().load)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ([5] * 8, [0] * 8, "none"),
        ([9, 8, 7, 9, 8, 9, 7, 8], [2, 1, 2, 3, 1, 2, 0, 1], "fewer"),
        ([0] * 8, [9, 8, 7, 9, 8, 9, 7, 8], "more"),
        ([5, 0, 1, 0, 2], [0, 1, 0, 0, 0], "same"),
        ([0] * 8, [0] * 8, "same"),
        ([], [0], "not measured"),
    ],
)
def test_a_verdict_says_no_more_than_the_trials_allow(
    before: list[int], after: list[int], verdict: str
) -> None:
    verdicts = judged(
        [made(failed=count) for count in before], {OTHER: [made(failed=count) for count in after]}
    )
    assert verdicts == {OTHER: verdict}


def test_what_fails_in_another_way_does_not_count_as_the_same() -> None:
    stale = failing(READ_ERROR, client=USED, server=SERVED)
    assert main_cause([stale]) == STALE
    starved = changed(made(failed=7), failures=[pool_timeout()])
    assert judged([stale] * 8, {OTHER: [starved] * 8}) == {OTHER: "none that way"}


def pool_timeout() -> Failure:
    return Failure((Link("httpx", "PoolTimeout", "", None, "raised", None),), "", 7)


def test_several_that_are_compared_with_one_need_more_to_differ() -> None:
    before = [made(failed=count) for count in (4, 5, 3, 4, 5)]
    none = [made() for _ in range(5)]
    loads = [structs.replace(made().load, name=f"load {number}") for number in range(9)]
    one = judged(before, {OTHER: none})
    many = judged(before, {(control(), load): none for load in loads})
    assert one == {OTHER: "none"}
    assert set(many.values()) == {"too few"}


def test_an_exact_test_of_few_trials_is_exact() -> None:
    # Two of the twenty ways to share out six trials are as extreme.
    assert chance([1, 2, 3], [7, 8, 9]) == pytest.approx(2 / 20)


def test_a_remedy_under_which_the_client_dies_is_none() -> None:
    died = [made(outcome="crashed", requests=None) for _ in range(8)]
    assert judged([made(failed=5)] * 8, {OTHER: died}) == {OTHER: "more"}


@pytest.mark.parametrize(("one", "other"), [(1, 1), (2, 1), (1, 2)])
def test_single_trials_are_too_few_to_differ(one: int, other: int) -> None:
    assert judged([made(failed=5)] * one, {OTHER: [made()] * other}) == {OTHER: "too few"}


def keys(count: int) -> list[Key]:
    return [(control(), Load(f"load {number}")) for number in range(count)]


def test_holms_method_holds_each_against_as_many_as_are_left() -> None:
    one, two, three = keys(3)
    third = SIGNIFICANT / 3
    assert significant({}) == []
    assert significant({one: 0.049}) == [one]
    assert significant({one: SIGNIFICANT}) == []
    assert significant({one: 0.024, two: 0.04}) == [one, two]
    assert significant({one: 0.026, two: 0.04}) == []
    assert significant({one: 0.04, two: 0.001, three: 0.02}) == [two, three, one]
    assert significant({one: 0.06, two: 0.001, three: 0.02}) == [two, three]
    assert significant({one: 0.001, two: 0.03, three: 0.04}) == [one]
    assert significant({one: third - 0.001, two: 1.0, three: 1.0}) == [one]
    assert significant({one: third + 0.001, two: 1.0, three: 1.0}) == []


@pytest.mark.parametrize(
    ("trial", "cause", "requests"),
    [
        (made(failed=3), None, 3),
        (made(failed=3), STALE, 3),  # of unknown causes, which may be this one
        (failing(READ_ERROR, client=USED, server=SERVED), STALE, 1),
        (failing(READ_ERROR, client=USED, server=SERVED), STARVED, 0),
        (made(), STALE, 0),
        (made(outcome="crashed"), STALE, 10),
        (made(outcome="hung", requests=None), None, 1000),
        (made(exit_status=1, load=AS_WRITTEN, requests=None), None, 1),
        (made(exit_status=1, requests=Requests([], [], [])), None, 0),
    ],
)
def test_a_trial_counts_the_requests_that_fail_alike(
    trial: Trial, cause: str | None, requests: int
) -> None:
    assert affected(trial, cause) == requests


def starving(requests: int) -> Trial:
    timeout = Failure((Link("httpx", "PoolTimeout", "", None, "raised", None),), "", requests)
    return changed(made(failed=requests), failures=[timeout])


def test_the_main_cause_is_that_of_most_trials_then_of_most_requests() -> None:
    stale = failing(READ_ERROR, client=USED, server=SERVED)
    assert main_cause([]) is None
    assert main_cause([made(failed=2)]) is None
    assert main_cause([stale, made(failed=9)]) == STALE
    # One trial with many failures is outweighed by two with one each.
    assert main_cause([starving(9), stale, stale]) == STALE
    assert main_cause([stale, starving(9)]) == STARVED
    assert main_cause([starving(9), stale]) == STARVED
    assert main_cause([stale, starving(1)]) == STALE
    assert main_cause([starving(1), stale]) == STARVED
    assert main_cause([made(failed=9)] * 9 + [stale]) == STALE


def test_equal_or_single_samples_differ_by_chance() -> None:
    assert chance([3, 3], [3, 3, 3]) == 1.0
    assert chance([1], [5, 5, 5]) == 1.0
    assert chance([5, 5, 5], [1]) == 1.0
    assert chance([1, 1], [5, 5]) == pytest.approx(2 / 6)


def test_the_same_trials_are_judged_the_same_each_time() -> None:
    many = [list(range(12)), [*range(4, 16)]]
    assert chance(*many) == chance(*many)


def lines(topic: Topic, *entries: tuple[str, str, list[int], str]) -> list[Any]:
    """The verdicts of a survey whose entries are (group, title, failed requests, server)."""
    asked: list[Entry] = []
    trials: list[Trial] = []
    for number, (group, title, failed, server) in enumerate(entries):
        target = structs.replace(parse("document"), name=f"target {number}", server=server)
        asked.append(Entry(group, title, target, made().load))
        trials += [made(target, order=len(trials) + 1, failed=count) for count in failed]
    survey = Survey(name="20240101-000000-1", topic=topic, entries=asked)
    return [line.verdict for line in answered(survey, trials)]


FAIL, CLEAN = [4] * 8, [0] * 8


def test_a_remedy_is_compared_with_the_first_of_all() -> None:
    entries = [("as is", "it", FAIL, "a"), ("x", "one", CLEAN, "a"), ("y", "two", FAIL, "a")]
    assert lines("remedies", *entries) == [None, "none", "same"]


def test_anything_else_is_compared_with_the_first_of_its_group_on_its_server() -> None:
    entries = [
        ("x", "first", FAIL, "a"),
        ("x", "second", CLEAN, "a"),
        ("y", "first", CLEAN, "a"),
        ("y", "second", FAIL, "a"),
        ("y", "other server", FAIL, "b"),
        ("x", "other server", CLEAN, "b"),
        ("x", "its second", [], "b"),
    ]
    verdicts = lines("callers", *entries)
    assert verdicts == [None, "none", None, "more", None, None, "not measured"]


def test_a_trial_that_says_nothing_is_not_compared() -> None:
    first, second = parse("document"), control()
    load = made().load
    survey = Survey(
        name="20240101-000000-1",
        topic="remedies",
        entries=[Entry("a", "a", first, load), Entry("a", "b", second, load)],
    )
    trials = [made(first, failed=4) for _ in range(8)]
    gone = [made(second, outcome="unavailable") for _ in range(8)]
    assert [line.verdict for line in answered(survey, trials + gone)] == [None, "not measured"]
    assert answered(survey, trials + gone)[1].row is None
    kept = answered(survey, [*trials, *gone, made(second)])
    assert kept[1].verdict == "too few"


def on(host: str, *failed: int) -> list[Trial]:
    """A trial of each of these numbers of failed requests, on a host."""
    return [
        structs.replace(made(failed=count), host=structs.replace(made().host, name=host))
        for count in failed
    ]


A, B = "0a0a0a0a", "0b0b0b0b"


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        # Host by host nothing differs, though the hosts do.
        (on(A, 9, 9, 9, 9) + on(B, 0), on(A, 9) + on(B, 0, 0, 0, 0), "too few"),
        (on(A, *[9] * 6) + on(B, *[0] * 6), on(A, *[9] * 6) + on(B, *[0] * 6), "same"),
        # Whatever fails as often in each trial differs nowhere.
        (on(A, 5, 5, 5) + on(B, 5, 5), on(A, 5, 5) + on(B, 5, 5), "same"),
        # One trial each on five hosts tells nothing, however far apart they are.
        (
            [one for host in "12345" for one in on(host * 8, 9)],
            [one for host in "12345" for one in on(host * 8, 0)],
            "too few",
        ),
        # More fail on both hosts, though fewer in all.
        (
            on(A, *[8] * 10) + on(B, 0, 0),
            on(A, 10, 10) + on(B, *[2] * 8),
            "more",
        ),
        (on(A, 9, 9, 9), on(B, 0, 0, 0), "too few"),
        (on(A, *[9] * 5) + on(B, *[8] * 5), on(A, *[0] * 5) + on(B, *[0] * 5), "none"),
    ],
)
def test_each_host_is_compared_with_itself(
    before: list[Trial], after: list[Trial], verdict: str
) -> None:
    assert judged(before, {OTHER: after}) == {OTHER: verdict}
