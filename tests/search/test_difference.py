"""Which differences do it, on trials that are made up: which trial comes next, what is known."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.domain.trial import Failure, Target, Trial
from scripts.search.contrast import Contrast
from scripts.search.contrast_finding import ContrastFinding, contrast_finding
from scripts.search.difference import BAD, GOOD, Difference
from scripts.search.investigate import replayed
from scripts.search.separation import Changes
from tests.builders import MadeUpMixing, Trying, answered, contrast, link, made

pytestmark = pytest.mark.pure

Doing = Callable[[Changes], bool]
"""Whether the good environment with some changes made is bad."""


def trying(
    asked: Contrast,
    doing: Doing,
    rates: tuple[float, float] = (0.0, 1.0),
    seed: int = 0,
    **fields: Any,
) -> Trying:
    """Trials of mixtures that fail at one rate where they are good, at another where bad."""
    luck = random.Random(seed)  # noqa: S311

    def trial(target: Target, order: int) -> Trial:
        bad = luck.random() < rates[doing(asked.changes_of(target))]
        return made(target, order=order, failed=2 * bad, **fields)

    return trial


def separated(
    doing: Doing,
    rates: tuple[float, float] = (0.0, 1.0),
    seed: int = 0,
    mixing: MadeUpMixing | None = None,
) -> Difference:
    """A search for what does it, among anyio, certifi, idna and six."""
    asked = contrast()
    return answered(
        Difference(asked, mixing or MadeUpMixing(asked)), trying(asked, doing, rates, seed)
    )


def causes(answer: ContrastFinding) -> set[Changes]:
    return {frozenset(cause.changes) for cause in answer.causes}


SETS: dict[str, tuple[Doing, set[Changes]]] = {
    "one": (lambda changes: "idna" in changes, {frozenset({"idna"})}),
    "a new one": (lambda changes: "six" in changes, {frozenset({"six"})}),
    "two together": (lambda changes: {"anyio", "six"} <= changes, {frozenset({"anyio", "six"})}),
    "two alone": (
        lambda changes: bool({"anyio", "idna"} & changes),
        {frozenset({"anyio"}), frozenset({"idna"})},
    ),
    "all": (lambda changes: len(changes) == 4, {frozenset({"anyio", "certifi", "idna", "six"})}),
}


@pytest.mark.parametrize("rates", [(0.0, 1.0), (0.0, 0.5), (0.05, 0.9)], ids=str)
@pytest.mark.parametrize("name", SETS)
def test_what_does_it_is_found_whatever_the_rates(name: str, rates: tuple[float, float]) -> None:
    doing, expected = SETS[name]
    answer = contrast_finding(separated(doing, rates))
    assert (answer.ending, causes(answer)) == ("explained", expected)
    assert all(cause.needed == list(cause.changes) for cause in answer.causes)
    assert answer.confidence is not None
    assert answer.confidence >= 0.95
    assert not answer.beyond


def test_both_ends_come_first_and_mixtures_say_what_they_are_for() -> None:
    search = separated(SETS["one"][0])
    asked = search.question
    assert {record.target for record in search.tally.records[:2]} == {asked.good, asked.bad}
    step = Difference(asked, MadeUpMixing(asked)).next()
    assert step is not None
    assert (step.round, step.target, step.reason.ground) == (1, asked.bad, "ends")


def test_a_quick_script_is_tried_no_more_often_than_a_slow_one() -> None:
    asked = contrast()
    counts = []
    for wall in (0.05, 60.0):
        search = Difference(asked, MadeUpMixing(asked))
        answered(search, trying(asked, SETS["one"][0], wall=wall))
        counts.append(len(search.tally.records))
    assert counts[0] == counts[1]
    assert counts[0] < 40


def test_a_hang_is_found_in_few_trials_however_long_it_lasts_beside_the_others() -> None:
    asked = contrast(signal="hang")

    def trial(target: Target, order: int) -> Trial:
        hangs = "idna" in asked.changes_of(target)
        outcome, wall = ("hung", 60.0) if hangs else ("completed", 0.002)
        return made(target, order=order, requests=None, outcome=outcome, wall=wall)

    search = answered(Difference(asked, MadeUpMixing(asked)), trial)
    assert search.tally.records[0].target == asked.good  # sets how long the others may take
    assert causes(contrast_finding(search)) == {frozenset({"idna"})}
    assert len(search.tally.records) < 60


def test_what_cannot_be_had_is_never_tried_and_what_comes_along_is_told() -> None:
    asked = contrast()
    mixing = MadeUpMixing(asked, needs={"anyio": ["six"], "six": ["anyio"]})
    answer = contrast_finding(separated(lambda changes: "anyio" in changes, mixing=mixing))
    [cause] = answer.causes
    assert (set(cause.changes), cause.needed) == ({"anyio", "six"}, [])
    assert set(cause.target.pins) == {
        *("anyio==4.7.0", "certifi==2024.7.4", "httpx==0.27.2", "idna==3.7", "six==1.16.0"),
    }


PARTS = [
    frozenset(part)
    for size in (1, 2, 3)
    for part in combinations(["anyio", "certifi", "idna", "six"], size)
]


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(PARTS),
    st.sets(st.sampled_from(PARTS), max_size=8),
    st.dictionaries(st.sampled_from(sorted(contrast().changes)), st.sampled_from(PARTS)),
)
def test_whatever_can_be_had_what_is_told_to_suffice_does(
    does: Changes, lacking: set[Changes], needs: Mapping[str, Changes]
) -> None:
    asked = contrast()
    # The mixing refuses to say what runs in a set that nobody asked for.
    mixing = MadeUpMixing(asked, needs, lacking)
    answer = contrast_finding(separated(does.__le__, mixing=mixing))
    assert answer.ending == "explained"
    [cause] = answer.causes
    assert does <= cause.changes.keys()
    assert set(cause.needed) <= does
    if not lacking and not needs:
        assert cause.changes.keys() == does


def test_the_same_trials_give_the_same_answer_again() -> None:
    search = separated(SETS["two alone"][0], (0.05, 0.9), seed=3)
    again = replayed(
        Difference(search.question, MadeUpMixing(search.question)),
        [record.trial for record in search.tally.records],
    )
    assert contrast_finding(again) == contrast_finding(search)
    assert again.next() is None
    half = replayed(
        Difference(search.question, MadeUpMixing(search.question)),
        [record.trial for record in search.tally.records[:5]],
    )
    step = half.next()
    assert step is not None
    assert step.target == search.tally.records[5].target


def test_the_next_trial_is_among_those_that_are_made_ready() -> None:
    asked = contrast()
    search = Difference(asked, MadeUpMixing(asked))
    trial = trying(asked, SETS["two together"][0])
    ready: list[Target] = []
    while (step := search.next()) is not None:
        assert not ready or step.target in {*ready, asked.good, asked.bad}
        ready = search.soon(step) if search.tally.judged else []
        search.take(step, trial(step.target, step.round), None)


def test_its_trials_are_used_up() -> None:
    asked = contrast(most=5)
    search = answered(
        Difference(asked, MadeUpMixing(asked)), trying(asked, SETS["one"][0], (0.0, 0.5))
    )
    assert len(search.tally.records) == 5
    assert contrast_finding(search).ending == "ran out"


@pytest.mark.parametrize(("end", "title"), [(GOOD, "yours.txt"), (BAD, "mine.txt")])
def test_an_end_that_fails_otherwise_is_the_answer(end: int, title: str) -> None:
    asked = contrast(signal="ValueError")
    mute = asked.points[end].target

    def trial(target: Target, order: int) -> Trial:
        kind = "TypeError" if target == mute else "ValueError" * (target == asked.bad)
        failure = [Failure((link(kind, "builtins"),), "", 1)] if kind else []
        script = failure[0] if failure else None
        return made(target, order=order, requests=None, script_failure=script, exit_status=1)

    search = answered(Difference(asked, MadeUpMixing(asked)), trial)
    assert search.mute == end
    assert len(search.tally.records) <= 4
    answer = contrast_finding(search)
    assert (answer.ending, answer.mute) == ("mute end", title)
    assert answer.instead == {"TypeError": 2}


def test_a_mixture_that_fails_otherwise_is_gone_around() -> None:
    asked = contrast(signal="ValueError")

    def trial(target: Target, order: int) -> Trial:
        changes = asked.changes_of(target)
        kind = "ValueError" * ("idna" in changes)
        if changes == {"anyio"} or changes == {"anyio", "certifi"}:
            kind = "ImportError"
        failure = Failure((link(kind, "builtins"),), "", 1) if kind else None
        status = int(bool(kind))
        return made(target, order=order, requests=None, script_failure=failure, exit_status=status)

    answer = contrast_finding(answered(Difference(asked, MadeUpMixing(asked)), trial))
    assert causes(answer) == {frozenset({"idna"})}
    assert answer.silent >= 1
    assert answer.otherwise == {} or set(answer.otherwise) == {"ImportError"}


@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_what_is_too_much_is_set_by_the_good_end(factor: float) -> None:
    asked = contrast(signal="memory>1.5x")

    def trial(target: Target, order: int) -> Trial:
        share = factor if "six" in asked.changes_of(target) else 1.0 + 0.02 * (order % 3)
        return made(target, order=order, peak_memory=int(50e6 * share))

    search = answered(Difference(asked, MadeUpMixing(asked)), trial)
    targets = [record.target for record in search.tally.records[:6]]
    assert (targets.count(asked.good), targets.count(asked.bad)) == (3, 3)
    answer = contrast_finding(search)
    assert not search.tally.signal.unset
    if factor == 1.0:
        assert answer.ending == "alike"
    else:
        assert causes(answer) == {frozenset({"six"})}
