"""Plain ddmin, and both ways of telling causes scored on the same problems."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from scripts.benchmarks import tables
from scripts.benchmarks.ddmin import Minimum, ddmin, least_bad, minimum
from scripts.benchmarks.mixtures import MixtureKind, hidden_causes
from scripts.benchmarks.separations import (
    SeparationScore,
    kinds,
    named,
    score,
    separated,
    separation_scores,
)
from scripts.search.separation import NONE


@pytest.mark.pure
@given(st.sets(st.sampled_from("abcdefghij"), min_size=1))
def test_ddmin_comes_to_the_one_cause_there_is(cause: set[str]) -> None:
    assert set(ddmin("abcdefghij", lambda some: cause <= set(some))) == cause


@pytest.mark.pure
def test_ddmin_ends_with_a_set_from_which_nothing_can_be_left_out() -> None:
    def fails(some: Sequence[str]) -> bool:
        return len(some) != 1 and ("a" in some or {"b", "c"} <= set(some))

    least = ddmin("abcdef", fails)
    assert fails(least)
    assert not any(fails([name for name in least if name != gone]) for gone in least)


@pytest.mark.pure
def test_a_test_fails_from_where_outcomes_are_wrong_the_most_rarely() -> None:
    assert least_bad(20, 0.2, 0.0) == 1
    assert least_bad(10, 0.9, 0.2) == 6


@pytest.mark.pure
@pytest.mark.parametrize("kind", ["one", "either", "together", "none"])
def test_both_ways_are_right_where_trials_are_certain(kind: str) -> None:
    hidden = hidden_causes(MixtureKind(10, kind, 1.0, 0.0), "1")
    ours, plain = separated(hidden), minimum(hidden, 1)
    assert ours.explanation is not None
    assert hidden.agrees(ours.explanation)
    assert named(hidden, plain)
    assert plain.changes is None if kind == "none" else plain.changes in hidden.causes


@pytest.mark.pure
def test_ddmin_is_wrong_that_names_too_much_or_too_little_or_a_difference_where_none_is() -> None:
    hidden = hidden_causes(MixtureKind(10, "together", 1.0, 0.0), "1")
    [cause] = hidden.causes
    assert named(hidden, Minimum(cause, 9))
    assert not named(hidden, Minimum(frozenset(hidden.changes), 9))
    assert not named(hidden, Minimum(frozenset(sorted(cause)[:1]), 9))
    assert not named(hidden, Minimum(None, 2))
    assert not named(hidden_causes(MixtureKind(10, "none", 1.0, 0.0), "1"), Minimum(NONE, 9))


@pytest.mark.pure
def test_ddmin_is_repeated_until_it_is_right_as_often_as_ours() -> None:
    steady = score(MixtureKind(10, "one", 1.0, 0.0), 5, seed=1)
    assert (steady.right, steady.plain_right, steady.repeats) == (5, 5, 1)
    flaky = score(MixtureKind(10, "one", 0.5, 0.0), 5, seed=1)
    assert flaky.answered == flaky.problems == 5
    assert flaky.plain_right >= flaky.right
    assert flaky.repeats > 1
    assert flaky.claimed >= 0.95


@pytest.mark.pure
def test_every_kind_of_problem_comes_once() -> None:
    every = list(kinds((10, 60)))
    assert len(every) == len(set(every)) == 2 * 4 * 5 * 4


@pytest.mark.pure
def test_the_table_has_a_line_for_each_score() -> None:
    ours = {"answered": 199, "right": 190, "untried": 1, "claimed": 0.96, "median": 80.0}
    plain = {"repeats": 5, "plain_right": 191, "plain_median": 18.0, "plain_most": 25.0}
    kind = {"packages": 10, "kind": "either", "high": 0.5, "low": 0.0, "unresolved": 0.1}
    both = {**kind, **ours, **plain, "mute": 0.0, "problems": 200, "most": 120.5}
    console = Console(width=200)
    with console.capture() as capture:
        console.print(tables.separated([msgspec.convert(both, SeparationScore)]))
    lines = [" ".join(line.split()) for line in capture.get().splitlines()]
    assert "10 either 0.5/0 10% 0% 199 of 200 190 (92% to 98%) 1 96.0% 80 120 x 5 191 18" in lines


@pytest.mark.local
def test_scoring_tells_of_each_kind() -> None:
    words: list[str] = []
    scored = separation_scores(1, 1, (2,), 1, words.append)
    assert words[0] == "[1/80] 2 packages, one, 1/0"
    assert len(words) == len(scored) == 80
