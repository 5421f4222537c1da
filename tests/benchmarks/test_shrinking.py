"""Hidden minima: drawn from their seed, and what comes near them or goes astray."""

from __future__ import annotations

import pytest

from scripts.benchmarks.shrinking import HiddenMinimum, halving, hidden_minimum
from scripts.reduction.shape import COUNTS

pytestmark = pytest.mark.pure


def test_a_case_fails_at_its_minimum_half_as_often_just_below_and_never_further_down() -> None:
    top = (9,) * 8
    hidden = HiddenMinimum(top, (COUNTS[3],) * 8, 0.8, None, None, "x")
    least = hidden.rungs
    assert least == (3,) * 8
    assert hidden.true_rate((), "bad") == 0.8
    assert hidden.true_rate(least, "bad") == 0.8
    assert hidden.true_rate((2, *least[1:]), "bad") == 0.4
    assert hidden.true_rate((1, *least[1:]), "bad") == 0.0
    assert hidden.true_rate(least, "good") == 0.0
    assert hidden.near(least)
    assert not hidden.near(())
    assert not hidden.astray(least)
    assert hidden.astray((2, *least[1:]))


def test_below_its_guard_the_good_side_fails() -> None:
    hidden = HiddenMinimum((9,) * 8, (COUNTS[3],) * 8, 1.0, None, 0, "x")
    below = (2, *hidden.rungs[1:])
    assert (hidden.true_rate(below, "bad"), hidden.true_rate(below, "good")) == (1.0, 1.0)
    assert hidden.astray(below)


def test_a_pair_keeps_its_ratio_within_a_rung() -> None:
    hidden = HiddenMinimum((9,) * 8, (COUNTS[3],) * 8, 1.0, (0, 1), None, "x")
    assert hidden.true_rate((5, 4, *hidden.rungs[2:]), "bad") == 1.0
    assert hidden.true_rate((5, 3, *hidden.rungs[2:]), "bad") == 0.0


def test_the_original_always_fails_at_its_rate() -> None:
    for kind in ("independent", "interacting", "two-sided"):
        for seed in range(50):
            hidden = hidden_minimum(kind, 0.5, str(seed))
            assert hidden.true_rate((), "bad") == hidden.true_rate(hidden.top, "bad") == 0.5
            assert hidden.true_rate((), "good") == 0.0


def test_halving_believes_a_case_that_fails_half_as_often() -> None:
    hidden = HiddenMinimum((9,) * 8, (COUNTS[3],) * 8, 1.0, None, None, "x")
    shrunk = halving(hidden)
    assert hidden.true_rate(shrunk.point, "bad") == 0.5
    assert hidden.astray(shrunk.point)
    assert shrunk.runs > 8
