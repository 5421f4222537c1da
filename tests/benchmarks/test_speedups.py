"""Reductions on several workers: how much faster they are."""

from __future__ import annotations

import pytest

from scripts.benchmarks.events import asked
from scripts.benchmarks.shrinking import hidden_minimum
from scripts.benchmarks.speedups import Finished, on_workers, speedup_score

pytestmark = pytest.mark.pure


def test_the_same_problem_on_the_same_workers_ends_the_same() -> None:
    hidden = hidden_minimum("independent", 1.0, "speedups")
    assert on_workers(hidden, 3) == on_workers(hidden, 3)


def test_a_score_compares_medians_and_points() -> None:
    problems = [hidden_minimum("independent", 0.5, str(number)) for number in range(3)]
    alone = [Finished((number,) * 8, 10.0 + number, 100, 100) for number in range(3)]
    several = [Finished((0,) * 8, 5.0, 110, 100)] * 3
    score = speedup_score(problems, alone, several, 4, "independent")
    assert (score.faster, score.low, score.high) == (2.2, 2.0, 2.4)
    assert (score.used, score.same, score.asked) == (1.1, 1, 2.4)


def test_what_always_fails_is_asked_to_gain_less() -> None:
    assert asked(True, 8) == pytest.approx(4.8)
    assert asked(False, 7) == pytest.approx(2.4)
