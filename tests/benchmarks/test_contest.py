"""Scores: claims counted against what was hidden, and the tables of them."""

from __future__ import annotations

from importlib.util import find_spec

import msgspec
import pytest
from rich.console import Console, RenderableType

from scripts.benchmarks import tables
from scripts.benchmarks.contest import (
    SearchScore,
    TradeOff,
    TrialsRatio,
    contest,
    ratios,
    score,
    scores,
    terrains,
    trade_offs,
)
from scripts.benchmarks.costs import compare
from scripts.benchmarks.hidden import ChangeClaim, HiddenStep, Terrain
from scripts.benchmarks.methods import CURVE, METHODS
from scripts.benchmarks.shrinking import ReductionScore
from scripts.benchmarks.speedups import SpeedupScore

TERRAIN = Terrain(6, 1.0, 0.0)
ROW = HiddenStep(TERRAIN, 3, frozenset(), "x")


@pytest.mark.pure
def test_a_claim_is_right_or_false_or_none() -> None:
    claims = [
        ChangeClaim(4, 2, 3),
        ChangeClaim(8, 1, 2),
        ChangeClaim(6),
        ChangeClaim(30, silent=True),
    ]
    scored = score([ROW] * 4, claims, "ours", 0.95)
    assert scored.terrain == TERRAIN
    assert (scored.method, scored.confidence, scored.problems) == ("ours", 0.95, 4)
    assert (scored.right, scored.false, scored.silent) == (1, 1, 1)
    assert scored.mean == 12.0
    assert scored.most == pytest.approx(26.7)


@pytest.mark.pure
def test_where_nothing_changes_every_culprit_is_false() -> None:
    flat = HiddenStep(Terrain(6, 0.5, 0.5), None, frozenset(), "x")
    claims = [ChangeClaim(4, 2, 3), ChangeClaim(6), ChangeClaim(9), ChangeClaim(30, silent=True)]
    scored = score([flat] * 4, claims, "ours", 0.95)
    assert (scored.right, scored.false, scored.silent) == (2, 1, 1)


@pytest.mark.pure
def test_every_kind_of_row_comes_once_and_those_without_a_step_last() -> None:
    kinds = list(terrains((22, 128)))
    assert len(kinds) == len(set(kinds)) == 2 * (6 * 3 + 6)
    assert [terrain.flat for terrain in kinds] == [False] * 36 + [True] * 12


@pytest.mark.pure
@pytest.mark.skipif(find_spec("git_bayesect") is None, reason="compares with git-bayesect")
def test_every_method_is_scored_at_every_confidence() -> None:
    scored = scores(Terrain(8, 1.0, 0.0), 3, seed=1)
    pairs = {(row.method, row.confidence) for row in scored}
    claims = {
        method: CURVE if method in ("ours", "git-bayesect") else (0.95, 0.99) for method in METHODS
    }
    assert pairs == {(method, claimed) for method in METHODS for claimed in claims[method]}
    assert all(row.right == row.problems == 3 for row in scored)
    flat = scores(Terrain(8, 1.0, 1.0), 1, seed=1)
    assert "plain" not in {row.method for row in flat}


SCORE = SearchScore(22, 0.9, 0.0, 0.0, "ours", 0.95, 20, 19, 1, 0, 15.0, 20.0)


@pytest.mark.pure
def test_ratios_are_of_rows_that_change_and_that_both_can_end() -> None:
    replace = msgspec.structs.replace
    scored = []
    for mean, high, low, untestable in (
        (15.0, 0.9, 0.0, 0.0),
        (40.0, 0.5, 0.0, 0.0),
        (900.0, 0.5, 0.5, 0.0),
        (900.0, 0.5, 0.0, 0.3),
    ):
        terrain = replace(SCORE, high=high, low=low, untestable=untestable)
        for confidence in (0.95, 0.99):
            scored += [
                replace(terrain, mean=mean, confidence=confidence),
                replace(terrain, method="git-bayesect", mean=20.0, confidence=confidence, silent=5),
            ]
    for ratio, claimed in zip(ratios(scored), (0.95, 0.99), strict=True):
        assert (ratio.method, ratio.confidence) == ("git-bayesect", claimed)
        assert ratio.mean == pytest.approx((0.75 + 2) / 2)
        assert ratio.most == 2.0
        assert ratio.unanswered == 0.25


@pytest.mark.pure
def test_the_curve_pools_the_kinds_that_change_and_that_both_can_end() -> None:
    replace = msgspec.structs.replace
    scored = [
        replace(SCORE, method=method, confidence=claimed, high=high, right=right, mean=mean)
        for method in ("ours", "git-bayesect")
        for claimed in CURVE
        for high, right, mean in ((0.9, 19, 15.0), (0.5, 15, 25.0))
    ]
    flat = replace(SCORE, high=0.0)
    places = trade_offs([*scored, flat, replace(SCORE, untestable=0.3)])
    assert len(places) == 2 * len(CURVE)
    assert places[0] == TradeOff("ours", 0.8, 40, 34, 0.75, 20.0)
    lines = printed(tables.curve(places))
    assert "ours 80.0% 34 of 40 (70.2% to 94.3%) 75% 20.0" in lines
    assert (
        "Claiming 99.5%, ours took 1.00 times the trials of git-bayesect over these rows together, "
        "and was right in 34, it in 34." in lines
    )


def printed(table: RenderableType) -> list[str]:
    console = Console(width=160)
    with console.capture() as capture:
        console.print(table)
    return [" ".join(line.split()) for line in capture.get().splitlines()]


@pytest.mark.pure
def test_tables_have_a_line_for_each_score() -> None:
    flat = msgspec.structs.replace(SCORE, method="plain", high=0.5, low=0.5)
    against = TrialsRatio("git-bayesect", 0.99, 0.98, 1.03, 0.4)
    lines = printed(tables.contest([SCORE, flat], [against]))
    assert "22 0.9 after 0 0% ours 95% 19 of 20 (75% to 100%) 1 15.0 20" in lines
    assert "22 0.5 flat 0% plain nothing 19 of 20 (75% to 100%) 1 15.0 20" in lines
    assert "Claiming 99%, ours took 0.98 times the trials of git-bayesect" in " ".join(lines)
    reduced = ReductionScore("independent", 0.5, "ours", 20, 19, 1, 538.0, 787.0)
    line = "independent 0.5 ours 19 of 20 (75% to 100%) 1 538 787"
    assert line in printed(tables.shrunk([reduced]))
    faster = SpeedupScore("independent", 0.5, 8, 20, 7.9, 7.8, 8.0, 4.8, 1.02, 20, 19, 1)
    line = "independent 0.5 8 7.90 (7.80 to 8.00) 4.80 x 1.02 20 of 20 19 1"
    assert line in printed(tables.sped([faster]))
    measures = printed(tables.comparisons([compare("seconds", [(1.0, 1.5), (1.0, 1.1)], 1.1)]))
    assert "seconds 2 1.000 1.300 1.300 too few pairs 1.10" in measures


@pytest.mark.long
@pytest.mark.local
@pytest.mark.skipif(find_spec("git_bayesect") is None, reason="compares with git-bayesect")
def test_a_contest_tells_of_each_kind() -> None:
    words: list[str] = []
    scored = contest(1, 1, (3,), 1, words.append)
    assert words[0] == "[1/24] 3 points, 1/0, 0% dead"
    assert len(words) == 24
    assert {row.problems for row in scored} == {1}
