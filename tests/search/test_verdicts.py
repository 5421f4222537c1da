"""No verdict claims more than its trials allow: rows of any mixture, worked out by brute force."""

from __future__ import annotations

import math
import random
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.analysis.readings import Record, read
from scripts.analysis.signals import SKIP, parse
from scripts.domain.trial import Failure, Target, Trial
from scripts.search.bisection import Bisection
from scripts.search.changepoint import PRUDENCE
from scripts.search.check import BAD, GOOD, Check
from scripts.search.finding import finding
from scripts.search.history import History
from scripts.search.posterior import ALWAYS, HIGH, LOW, NEVER, RISE, UNCHANGED
from scripts.search.rate_segments import EXPECTED, MATERIAL, RATES
from scripts.search.release_line import release_line
from tests.builders import Trying, answered, link, made, question

pytestmark = pytest.mark.pure

KINDS = ("good", "bad", "rare", "otherwise", "unavailable", "hang", "skip")
"""What a made-up point does: always, but for "rare", which is bad in a third of its trials."""

ROWS = st.lists(st.sampled_from(KINDS), min_size=2, max_size=7)


def trial_of(kind: str, target: Target, order: int, luck: random.Random) -> Trial:
    """A trial of a script that is judged as a whole, at a point of this kind."""
    if kind == "rare":
        kind = "bad" if luck.random() < 1 / 3 else "good"
    if kind in ("unavailable", "hang"):
        outcome = {"unavailable": "unavailable", "hang": "hung"}[kind]
        return made(target, order=order, requests=None, outcome=outcome, exit_status=None)
    raised = {"bad": "ValueError", "otherwise": "TypeError"}.get(kind)
    failure = Failure((link(raised, "builtins"),), "", 1) if raised else None
    status = SKIP if kind == "skip" else int(bool(raised))
    return made(target, order=order, requests=None, script_failure=failure, exit_status=status)


def trying(row: list[str], seed: int) -> Trying:
    """Trials of the points of a row."""
    luck = random.Random(seed)  # noqa: S311

    def trial(target: Target, order: int) -> Trial:
        return trial_of(row[int(target.pins[0].split(".")[1])], target, order, luck)

    return trial


def bisected(row: list[str], seed: int) -> Bisection:
    asked = question(len(row), signal="ValueError", most=60, confidence=0.95)
    return answered(Bisection(asked), trying(row, seed))


def chance(rate: float, bad: int, trials: int) -> float:
    return float(rate**bad * (1 - rate) ** (trials - bad))


def step_by_force(counts: list[tuple[int, int]], width: list[int]) -> dict[int | None, float]:
    """Probability of each step of a row, by its index, and of none: every way multiplied out.

    Args:
        counts: bad trials and trials of each point that can be tested.
        width: how many places each step stands for.
    """
    flat = [NEVER, 0.02, 0.05, 0.1, 0.15, *(tenth / 10 for tenth in range(2, 10)), 0.95, ALWAYS]
    shares: dict[int | None, float] = {
        None: sum(
            UNCHANGED / len(flat) * math.prod(chance(rate, *count) for count in counts)
            for rate in flat
        )
    }
    pairs = []
    for high, weight in HIGH.items():
        below = {low: share for low, share in LOW.items() if high >= RISE * low}
        pairs += [(low, high, weight * share / sum(below.values())) for low, share in below.items()]
    whole = sum(weight for *_, weight in pairs)
    for step in range(len(counts) - 1):
        place = (1 - UNCHANGED) * width[step] / sum(width)
        shares[step] = sum(
            place
            * weight
            / whole
            * math.prod(
                chance(low if point <= step else high, *count) for point, count in enumerate(counts)
            )
            for low, high, weight in pairs
        )
    total = sum(shares.values())
    return {step: share / total for step, share in shares.items()}


@settings(max_examples=50, deadline=None)
@given(ROWS, st.integers(0, 2**16))
def test_a_bisection_claims_no_more_than_its_trials_allow(row: list[str], seed: int) -> None:
    search = bisected(row, seed)
    answer = finding(search)
    if answer.confidence is None:
        assert answer.verdict == "undecided"
        return
    usable = search.usable
    counts = [search.tally.count(point) for point in usable]
    shares = step_by_force(counts, [after - before for before, after in pairwise(usable)])
    step = None
    if answer.step is not None:
        names = [search.question.points[point].name for point in usable]
        step = names.index(answer.step[0].name)
    claimed = 1 - (1 - answer.confidence) / PRUDENCE
    assert claimed <= shares[step] + 1e-6


@settings(max_examples=50, deadline=None)
@given(ROWS, st.integers(0, 2**16))
def test_a_culprits_sides_were_judged_and_all_between_them_were_not(
    row: list[str], seed: int
) -> None:
    search = bisected(row, seed)
    answer = finding(search)
    if answer.step is None:
        return
    older, newer = (int(side.name.split(".")[1]) for side in answer.step)
    assert row[older] in ("good", "rare")
    assert row[newer] in ("bad", "rare")
    assert [f"1.{point}" for point in range(older + 1, newer)] == answer.between
    assert all(row[int(name.split(".")[1])] not in ("good", "bad") for name in answer.between)
    assert all(answer.instead[name] for name in answer.between)


def segments_by_force(
    counts: list[tuple[int, int]], width: list[int]
) -> dict[tuple[int, ...], float]:
    """Probability of each set of steps at which the rate of a row changes, by brute force.

    Args:
        counts: bad trials and trials of each point that can be tested.
        width: how many places each step stands for.
    """
    rates = {rate: weight / sum(RATES.values()) for rate, weight in RATES.items()}
    one = min(0.5, EXPECTED / sum(width)) if width else 0.0

    def apart(one: float, other: float) -> bool:
        return abs(math.log(one / (1 - one)) - math.log(other / (1 - other))) >= math.log(MATERIAL)

    follow = {
        one: sum(weight for other, weight in rates.items() if apart(one, other)) for one in rates
    }
    shares: dict[tuple[int, ...], float] = {}
    for cuts in product((False, True), repeat=len(counts) - 1):
        places = tuple(step for step, cut in enumerate(cuts) if cut)
        ways = [(rate, weight * chance(rate, *counts[0])) for rate, weight in rates.items()]
        for cut, count, places_between in zip(cuts, counts[1:], width, strict=True):
            change = 1 - (1 - one) ** places_between
            if not cut:
                ways = [(rate, share * (1 - change) * chance(rate, *count)) for rate, share in ways]
                continue
            moved = [
                (new, share * change * rates[new] / follow[rate] * chance(new, *count))
                for rate, share in ways
                for new in rates
                if apart(rate, new)
            ]
            ways = [(rate, sum(share for new, share in moved if new == rate)) for rate in rates]
        shares[places] = sum(share for _, share in ways)
    total = sum(shares.values())
    return {places: share / total for places, share in shares.items()}


@settings(max_examples=30, deadline=None)
@given(ROWS, st.integers(0, 2**16))
def test_a_history_claims_no_more_than_its_trials_allow(row: list[str], seed: int) -> None:
    asked = question(len(row), signal="ValueError", most=60, confidence=0.95)
    history = answered(History(asked), trying(row, seed))
    line = release_line(history)
    if line.verdict == "undecided":
        return
    live = [point for point in range(len(row)) if not history.tally.untestable(point)]
    counts = [history.tally.count(point) for point in live]
    inside = [
        range(live.index(pair.before), live.index(pair.after)) for pair in history.claim().changes
    ]
    widths = [after - before for before, after in pairwise(live)]
    allowed = sum(
        share
        for places, share in segments_by_force(counts, widths).items()
        if len(places) == len(inside)
        and all(place in steps for place, steps in zip(places, inside, strict=True))
    )
    assert 1 - (1 - line.confidence) / PRUDENCE <= allowed + 1e-6
    assert all(
        row[int(change.after.split(".")[1])] in ("good", "bad", "rare") for change in line.changes
    )


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(KINDS), st.integers(0, 2**16), st.integers(1, 5))
def test_check_and_bisect_agree_on_every_point(kind: str, seed: int, trials: int) -> None:
    luck, signal, asked = random.Random(seed), parse("ValueError"), question(2)  # noqa: S311
    target = asked.points[0].target
    check, search = Check(trials), Bisection(asked)
    search.tally.reread(signal)
    while check.status is None:
        trial = trial_of(kind, target, len(check.records) + 1, luck)
        check.take(Record(target, trial, None, read(signal, trial)))
        search.tally.take(target, trial, None)
    bad, judged = search.tally.count(0)
    expected = BAD if bad else SKIP if search.tally.untestable(0) else GOOD
    assert check.status == expected
    assert (check.status == GOOD) is (not bad and judged == trials)
