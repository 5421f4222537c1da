"""Calibration: a search is right at least as often as it claims, bare and as `bisect` runs it."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from scripts.analysis.rates import interval
from scripts.benchmarks.contest import RATE_PAIRS
from scripts.benchmarks.hidden import ChangeClaim, HiddenStep, Terrain, hidden_step
from scripts.benchmarks.methods import (
    CONFIDENCES,
    CURVE,
    METHODS,
    git_bayesect,
    plain_bisection,
    search_alone,
    search_as_used,
)

pytestmark = pytest.mark.pure


def right(method: str, rows: list[HiddenStep]) -> dict[float, list[bool]]:
    """Whether each of a method's claims is right, by confidence; one that makes none is wrong."""
    silent = ChangeClaim(0, silent=True)
    claims = [METHODS[method](row) for row in rows]
    return {
        confidence: [
            row.agrees(claim.get(confidence, silent))
            for row, claim in zip(rows, claims, strict=True)
        ]
        for confidence in CONFIDENCES
    }


def test_our_search_is_right_at_least_as_often_as_it_claims() -> None:
    claims = []
    for high, low in RATE_PAIRS:
        for number in range(12):
            row = hidden_step(Terrain(22, high, low, 0.1), f"test {high} {low} {number}")
            for confidence, claim in search_alone(row).items():
                claims.append((confidence, row.agrees(claim)))
    for confidence in CONFIDENCES:
        agreed = [agrees for claimed, agrees in claims if claimed == confidence]
        assert len(agreed) == 72
        assert sum(agreed) / len(agreed) >= confidence - 0.02


# A cost that is high in few trials only is claimed too much of: three trials of either end, and
# their noise, then decide what slow means.
LASTING = ((1.0, 0.0), (0.9, 0.0), (0.5, 0.0), (0.9, 0.9))


@pytest.mark.parametrize(
    ("method", "steps"), [("bisect ReadError", (*RATE_PAIRS, (0.5, 0.5))), ("bisect slow", LASTING)]
)
def test_a_bisection_is_right_at_least_as_often_as_it_claims(
    method: str, steps: tuple[tuple[float, float], ...]
) -> None:
    rows = [
        hidden_step(Terrain(14, high, low, 0.1), f"used {high} {low} {number}")
        for high, low in steps
        for number in range(6)
    ]
    for confidence, agreed in right(method, rows).items():
        assert interval(sum(agreed), len(agreed))[1] >= confidence
        assert sum(agreed) / len(agreed) >= confidence - 0.05


@pytest.mark.parametrize("method", ["ours", "bisect ReadError", "bisect slow", "plain"])
def test_a_sharp_step_is_located_exactly(method: str) -> None:
    for step in range(1, 9):
        row = HiddenStep(Terrain(9, 1.0, 0.0), step, frozenset(), "x")
        for claim in METHODS[method](row).values():
            assert (claim.before, claim.step) == (step - 1, step)


def test_points_that_cannot_be_tested_lie_within_the_claim() -> None:
    row = HiddenStep(Terrain(9, 1.0, 0.0), 4, frozenset({3, 4}), "x")
    for locate in (search_alone, lambda row: search_as_used(row, "ReadError")):
        for claim in locate(row).values():
            assert (claim.before, claim.step) == (2, 5)
    # 4 and 3 in vain and 5; 2 ten times, for it is good; 3 and 4 in vain again.
    assert plain_bisection(row)[0.95] == ChangeClaim(3 + 10 + 2, 2, 5)


def test_plain_bisection_stops_where_nothing_is_left_to_test() -> None:
    row = HiddenStep(Terrain(4, 1.0, 0.0), 2, frozenset({1, 2}), "x")
    assert plain_bisection(row)[0.99] == ChangeClaim(2, 0, 3)


def test_a_bisection_takes_both_ends_and_confirms_on_top_of_a_bare_search() -> None:
    row = HiddenStep(Terrain(9, 1.0, 0.0), 4, frozenset(), "x")
    bare, used = search_alone(row), search_as_used(row, "ReadError")
    for confidence in CONFIDENCES:
        assert bare[confidence].trials < used[confidence].trials <= bare[confidence].trials + 4


@pytest.mark.skipif(find_spec("git_bayesect") is None, reason="compares with git-bayesect")
def test_git_bayesect_is_silent_where_it_asks_for_an_untestable_commit_for_ever() -> None:
    sharp = HiddenStep(Terrain(9, 1.0, 0.0), 4, frozenset(), "x")
    assert {(claim.before, claim.step) for claim in git_bayesect(sharp).values()} == {(3, 4)}
    first = HiddenStep(Terrain(9, 1.0, 1.0), None, frozenset(), "x")
    assert all(first.agrees(claim) for claim in git_bayesect(first).values())
    gap = HiddenStep(Terrain(5, 0.5, 0.0), 2, frozenset({1, 2, 3}), "x")
    claims = git_bayesect(gap)
    assert set(claims) == set(CURVE)
    assert claims[0.99].silent
