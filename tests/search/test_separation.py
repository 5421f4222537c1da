"""Which of the changes make the difference: exact where trials are, never false where mixtures
cannot be had, and as often right as claimed where trials are a matter of chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.search.separation import NONE, CauseSearch, Changes, Explanation, Mixing, SufficientSet

pytestmark = pytest.mark.pure

NAMES = tuple("abcdefgh")
EVERY = frozenset(NAMES)

MOST = 1500
"""Trials within which every search of these tests must end."""

Truth = frozenset[Changes]
"""The smallest sets that suffice, none within another."""

Rate = Callable[[Changes], float]


def whatever(changes: Changes) -> Changes:
    return changes


def steady(truth: Truth) -> Rate:
    """Bad every time where a cause is in place, never elsewhere."""
    return lambda changes: float(any(cause <= changes for cause in truth))


def fate(salt: int, changes: Changes) -> float:
    """A number of 0 to 1 that a set has for good."""
    return random.Random(f"{salt} {sorted(changes)}").random()  # noqa: S311


def gapped(salt: int, share: float) -> Mixing:
    """So large a share of the mixtures cannot be had; the two ends can."""

    def mixing(changes: Changes) -> Changes | None:
        return None if changes not in (NONE, EVERY) and fate(salt, changes) < share else changes

    return mixing


def separated(
    rate: Rate,
    mixing: Mixing = whatever,
    names: Sequence[str] = NAMES,
    mute: Callable[[Changes], bool] = lambda _changes: False,
    seed: int = 1,
) -> tuple[CauseSearch, list[tuple[Changes, bool | None]]]:
    """A search that went on until it had nothing to ask, and its trials in order."""
    separation, luck = CauseSearch(names, mixing, 0.95), random.Random(seed)  # noqa: S311
    trials: list[tuple[Changes, bool | None]] = []
    while (changes := separation.next()) is not None:
        bad = None if mute(changes) else luck.random() < rate(changes)
        trials.append((changes, bad))
        taken(separation, changes, bad)
        assert len(trials) <= MOST
    return separation, trials


def taken(separation: CauseSearch, changes: Changes, bad: bool | None) -> None:
    if bad is None:
        separation.skip(changes)
    else:
        separation.record(changes, bad)


def known(separation: CauseSearch) -> Explanation:
    explanation = separation.known()
    assert explanation is not None
    return explanation


def names_of(explanation: Explanation) -> Truth:
    return frozenset(cause.changes for cause in explanation.causes)


@st.composite
def apart(draw: st.DrawFn) -> Truth:
    """Up to three alternatives of up to three changes each, none in two of them."""
    order = draw(st.permutations(NAMES))
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3).filter(lambda s: sum(s) <= 8))
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    return frozenset(
        frozenset(order[start : start + size]) for start, size in zip(starts, sizes, strict=True)
    )


@st.composite
def monotone(draw: st.DrawFn) -> Truth:
    """Up to four alternatives of up to three changes each, which may share some."""
    some = draw(st.sets(st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=3), max_size=4))
    return frozenset(cause for cause in some if not any(other < cause for other in some))


@given(apart())
@settings(max_examples=20, deadline=None, derandomize=True)
def test_where_trials_are_certain_the_answer_is_the_truth(truth: Truth) -> None:
    separation, _ = separated(steady(truth))
    explanation = known(separation)
    assert not explanation.alike
    assert names_of(explanation) == truth
    assert all(cause.needed == cause.changes for cause in explanation.causes)
    assert explanation.back == (EVERY - frozenset().union(*truth),)
    assert explanation.beyond == NONE
    assert explanation.confidence >= 0.95


@given(monotone())
@settings(max_examples=20, deadline=None, derandomize=True)
def test_of_alternatives_that_share_changes_none_is_left_when_those_named_are_changed_back(
    truth: Truth,
) -> None:
    explanation = known(separated(steady(truth))[0])
    assert explanation.alike == (not truth)
    assert names_of(explanation) <= truth
    assert all(cause.needed == cause.changes for cause in explanation.causes)
    named = frozenset().union(*names_of(explanation))
    assert all(cause & named for cause in truth)


@given(monotone(), st.integers(0, 1000), st.sampled_from((0.1, 0.3, 0.6, 1.0)))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_where_mixtures_cannot_be_had_nothing_false_is_said(
    truth: Truth, salt: int, share: float
) -> None:
    rate, mixing = steady(truth), gapped(salt, share)
    separation, trials = separated(rate, mixing)
    assert all(mixing(changes) == changes for changes, _ in trials)
    explanation = known(separation)
    assert_nothing_false(explanation, truth)
    for cause in explanation.causes:
        rest = cause.changes - cause.needed
        assert all(mixing(cause.changes - {change}) is None for change in rest)
    assert all(mixing(part) == part for part in explanation.back)


def assert_nothing_false(explanation: Explanation, truth: Truth) -> None:
    """Causes suffice, none without what is called needed, what is called good is, and whatever
    may do it was changed back or is named as not tried, or lies in no set that was good."""
    rate = steady(truth)
    assert explanation.alike == (not truth)
    for cause in explanation.causes:
        assert rate(cause.changes)
        assert cause.needed <= cause.changes
        assert not any(rate(cause.changes - {change}) for change in cause.needed)
    assert not any(rate(part) for part in explanation.back)
    named = frozenset().union(*names_of(explanation))
    assert not named & explanation.beyond
    assert not named & frozenset().union(*explanation.back)


@given(apart(), st.integers(0, 1000))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_sets_that_cannot_be_judged_are_asked_for_once_and_lead_to_nothing_false(
    truth: Truth, salt: int
) -> None:
    def mute(changes: Changes) -> bool:
        return changes not in (NONE, EVERY) and fate(salt, changes) < 0.2

    separation, trials = separated(steady(truth), mute=mute)
    skipped = [changes for changes, bad in trials if bad is None]
    assert len(skipped) == len(set(skipped))
    explanation = known(separation)
    assert_nothing_false(explanation, truth)
    assert not any(mute(cause.changes) for cause in explanation.causes if cause.changes != EVERY)


CARRIED = {"a": "b", "c": "de", "f": "a"}
"""With each of these, some others come along."""


def carrying(changes: Changes) -> Changes:
    """A set with all that its changes carry along."""
    more = changes.union(*(CARRIED.get(name, "") for name in changes))
    return more if more == changes else carrying(more)


@given(monotone())
@settings(max_examples=20, deadline=None, derandomize=True)
def test_what_carries_others_along_is_tried_with_them(truth: Truth) -> None:
    separation, trials = separated(steady(truth), carrying)
    assert all(carrying(changes) == changes for changes, _ in trials)
    explanation = known(separation)
    assert_nothing_false(explanation, truth)
    for cause in explanation.causes:
        smaller = [
            frozenset(some)
            for some in combinations(cause.changes, len(cause.changes) - 1)
            if carrying(frozenset(some)) == frozenset(some)
        ]
        assert not any(map(steady(truth), smaller))


def test_a_culprit_that_only_comes_with_another_is_named_with_it_and_only_it_as_needed() -> None:
    explanation = known(separated(steady(frozenset([frozenset("a")])), carrying)[0])
    assert explanation.causes == (SufficientSet(frozenset("ab"), frozenset("a")),)
    assert explanation.beyond == frozenset("f")


@given(apart(), st.sampled_from((1.0, 0.9, 0.5)), st.integers(0, 1000))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_the_same_trials_in_the_same_order_give_the_same_answer(
    truth: Truth, high: float, seed: int
) -> None:
    first, trials = separated(
        lambda changes: high * steady(truth)(changes), gapped(seed, 0.1), seed=seed
    )
    again = CauseSearch(NAMES, gapped(seed, 0.1), 0.95)
    for changes, bad in trials:
        assert again.known() is None
        assert again.next() == changes
        taken(again, changes, bad)
    assert again.next() is None
    assert again.known() == first.known()


def test_what_is_asked_in_between_changes_nothing() -> None:
    _, trials = separated(lambda changes: 0.5 * ("c" in changes))
    asked, silent = (CauseSearch(NAMES, whatever, 0.95) for _ in range(2))
    for changes, bad in trials:
        taken(silent, changes, bad)
        asked.next({changes: 3.0})
        asked.known()
        taken(asked, changes, bad)
    assert asked.known() == silent.known()


@pytest.mark.parametrize(("high", "low"), [(0.9, 0.0), (0.5, 0.0), (0.9, 0.2)])
def test_where_trials_are_a_matter_of_chance_answers_are_right_as_often_as_claimed(
    high: float, low: float
) -> None:
    truth = frozenset([frozenset("ce")])
    rate = steady(truth)
    right, claimed = 0, 0.0
    for seed in range(20):
        separation, _ = separated(lambda changes: high if rate(changes) else low, seed=seed)
        explanation = known(separation)
        right += names_of(explanation) == truth
        claimed += explanation.confidence
    assert right >= claimed - 2


def test_both_ends_alike_is_no_difference_however_often_they_are_bad() -> None:
    for flat in (0.0, 0.5, 1.0):
        explanation = known(separated(lambda _changes, rate=flat: rate)[0])  # type: ignore[misc]
        assert explanation.alike
        assert (explanation.causes, explanation.back, explanation.beyond) == ((), (), NONE)


def test_one_change_needs_the_two_ends_only() -> None:
    separation, trials = separated(lambda changes: float("a" in changes), names=["a"])
    explanation = known(separation)
    assert explanation.causes == (SufficientSet(frozenset("a"), frozenset("a")),)
    assert {changes for changes, _ in trials} == {NONE, frozenset("a")}
    assert explanation.back == (NONE,)


def test_no_change_is_an_error() -> None:
    with pytest.raises(ValueError, match="there is no change"):
        CauseSearch([], whatever, 0.95)


def test_trials_are_counted_by_set() -> None:
    separation = CauseSearch("ab", whatever, 0.95)
    assert separation.trials(frozenset("a")) == (0, 0)
    separation.record(frozenset("a"), True)
    separation.record(frozenset("a"), False)
    assert separation.trials(frozenset("a")) == (1, 2)
    assert separation.known() is None


@pytest.mark.parametrize("end", [NONE, EVERY])
def test_with_an_end_that_cannot_be_judged_there_is_nothing_to_ask_and_nothing_known(
    end: Changes,
) -> None:
    separation = CauseSearch(NAMES, whatever, 0.95)
    separation.skip(end)
    assert separation.next() is None
    assert separation.known() is None


def test_what_is_dear_is_tried_less() -> None:
    def trials_of_all(cost: float) -> int:
        separation, luck = CauseSearch(NAMES, whatever, 0.95), random.Random(1)  # noqa: S311
        while (changes := separation.next({EVERY: cost})) is not None:
            separation.record(changes, luck.random() < (0.5 if "c" in changes else 0.0))
        return separation.trials(EVERY)[1]

    assert trials_of_all(20.0) < trials_of_all(1.0)
