"""Sentences about a smallest case."""

import pytest

from scripts.analysis.rates import rate
from scripts.reduction.result import Limit
from scripts.report.reductions import claim, limit_reason

pytestmark = pytest.mark.pure


def test_a_claim_is_what_the_runs_allow_rounded_down() -> None:
    assert claim(rate([(100, 100)]), good=False) == "fails in 100 of 100: at least 97%"
    assert claim(rate([(1, 100)]), good=True) == "passes in 99 of 100: at least 95%"
    assert claim(rate([(100, 100)]), good=False, silent=2) == (
        "fails in 100 of 100 (2 more say nothing): at least 93%"
    )
    assert claim(rate([(100, 100)]), good=True) == "passes in 0 of 100: at least 0%"


def test_a_limit_tells_on_which_side_the_simpler_case_is_wrong() -> None:
    bad = Limit("requests", "2", "1", "bad", rate([(0, 4)]))
    good = Limit("order", "in turn", "together", "good", rate([(2, 2)]))
    assert limit_reason(bad) == "requests is 2: with 1 it fails in 0 of 4 trials"
    assert limit_reason(good) == (
        "order is in turn: with together the good side fails too, in 2 of 2 trials"
    )


def test_a_limit_whose_trials_say_nothing_claims_no_rate() -> None:
    mute = Limit("order", "in turn", "together", "bad", rate([(0, 0)]), silent=3)
    assert limit_reason(mute) == (
        "order is in turn: with together 3 of 3 trials on the bad side say nothing"
    )
    mostly = Limit("requests", "2", "1", "good", rate([(0, 1)]), silent=3)
    assert limit_reason(mostly) == (
        "requests is 2: with 1 3 of 4 trials on the good side say nothing"
    )
    some = Limit("requests", "2", "1", "bad", rate([(0, 4)]), silent=1)
    assert limit_reason(some) == (
        "requests is 2: with 1 it fails in 0 of 4 trials, 1 more say nothing"
    )
