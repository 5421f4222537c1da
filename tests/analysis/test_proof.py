"""Whether a change mends what fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.analysis.proof import Judgement, Pair, proof

pytestmark = pytest.mark.pure

BOTH, BEFORE, AFTER, NEITHER = Pair(1, 1), Pair(1, 0), Pair(0, 1), Pair(0, 0)

PAIRS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)).map(lambda both: Pair(*both)))


def verdict(*pairs: Pair, confidence: float = 0.99) -> str:
    return proof(pairs, confidence).verdict


def judged(*pairs: Pair) -> Judgement:
    return proof(pairs, 0.99).judgement()


def test_nothing_is_said_of_nothing() -> None:
    judgement = judged()
    assert judgement.verdict == "cannot tell"
    assert (judgement.before.low, judgement.before.high) == (0, 1)
    assert not proof([], 0.99).settled


def test_it_mends_where_none_of_enough_trials_fails_any_more() -> None:
    assert verdict(*[BEFORE] * 10) == "cannot tell"
    assert verdict(*[BEFORE] * 11) == "helps"
    assert not proof([BEFORE] * 43, 0.99).settled
    assert proof([BEFORE] * 44, 0.99).settled
    mended = judged(*[BEFORE] * 44)
    assert (mended.verdict, mended.before.bad, mended.after.bad) == ("mends", 44, 0)


def test_what_is_rare_anyway_is_not_mended() -> None:
    assert verdict(*[NEITHER] * 500) == "cannot tell"
    assert verdict(*[NEITHER] * 500, BEFORE) == "cannot tell"


def test_it_helps_where_fewer_fail_and_some_do() -> None:
    pairs = [BEFORE, BEFORE, BOTH] * 15
    assert proof(pairs, 0.99).settled
    helped = judged(*pairs)
    assert (helped.verdict, helped.fewer, helped.more) == ("helps", 30, 0)
    assert helped.after.high < helped.before.low


def test_it_helps_where_fewer_requests_fail_in_trials_that_all_do() -> None:
    helped = judged(*[Pair(60, 17)] * 11)
    assert (helped.verdict, helped.fewer, helped.more) == ("helps", 11, 0)
    assert (helped.failed_before, helped.failed_after) == (660, 187)
    assert verdict(*[Pair(60, 17), Pair(17, 60)] * 30) == "no difference shown"


def test_most_pairs_are_not_enough_where_the_sum_goes_the_other_way() -> None:
    assert verdict(*[BEFORE] * 11, Pair(1, 500)) == "cannot tell"


def test_what_helps_goes_on_until_it_is_clear_whether_it_mends() -> None:
    assert not proof([BEFORE] * 11 + [BOTH], 0.99).settled
    assert verdict(*[BEFORE] * 11, BOTH, *[BEFORE] * 150) == "mends"
    assert proof([BEFORE, BEFORE, BOTH] * 15, 0.99).settled


def test_what_fails_in_another_way_is_not_mended() -> None:
    other = Pair(1, 0, failing=True)
    assert verdict(*[other] * 60) == "helps"
    assert judged(*[other] * 60).failing == 60


def test_it_harms_where_more_fail() -> None:
    assert verdict(*[AFTER] * 11) == "harms"


def test_no_difference_is_only_shown_where_one_would_have_been_seen() -> None:
    assert verdict(*[BOTH] * 10) == "cannot tell"
    assert verdict(*[BOTH] * 11) == "no difference shown"
    assert verdict(*[NEITHER, BOTH] * 30) == "no difference shown"


def test_what_was_shown_stays_shown() -> None:
    pairs = [BEFORE] * 11 + [AFTER] * 5
    assert verdict(*pairs) == "helps"
    assert judged(*pairs).after.bad == 5


@given(PAIRS)
def test_the_other_way_round_it_is_the_other_way_round(pairs: list[Pair]) -> None:
    turned = [Pair(pair.after, pair.before) for pair in pairs]
    there, back = (proof(ones, 0.9).judgement() for ones in (pairs, turned))
    assert (there.verdict == "harms") == (back.verdict in ("helps", "mends"))
    assert there.before == back.after


@given(PAIRS)
def test_more_confidence_claims_no_more(pairs: list[Pair]) -> None:
    claims = ("mends", "helps", "harms")
    if verdict(*pairs, confidence=0.99) in claims:
        assert verdict(*pairs, confidence=0.9) in claims
