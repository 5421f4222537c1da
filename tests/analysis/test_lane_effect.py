"""What several trials at a time change, against one."""

# ruff: noqa: E501

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from msgspec import structs

from scripts.analysis.lane_effect import LaneEffect, lane_effects, ratio, together
from scripts.domain.targets import control, parse
from scripts.domain.trial import LOADS
from scripts.report.lane_effects import effect_cells, effect_words
from tests.builders import HOST, made

pytestmark = pytest.mark.pure

COUNTS = st.lists(st.integers(0, 60), min_size=2, max_size=12).filter(any)


def effects() -> list[LaneEffect]:
    """Two targets one and two at a time, and what is not compared."""
    others = structs.replace(control(), equalised=("idna==3.10",))
    ran = [made(failed=failed, lanes=lanes, order=10 * lanes + place)
           for lanes, counts in ((1, (3, 4, 3)), (2, (6, 4, 7)))
           for place, failed in enumerate(counts)]  # fmt: skip
    ran += [made(control(), lanes=lanes) for lanes in (1, 2) for _ in range(3)]
    ran += [made(parse("httpx==0.28.1"), lanes=2), made(others, lanes=2)]
    ran += [made(load=LOADS["document"], lanes=2), made(outcome="unavailable", lanes=2)]
    return lane_effects(ran)


def test_only_the_same_target_under_the_same_load_is_compared() -> None:
    first, second = effects()
    assert (first.target, first.one.lanes, first.several.lanes) == (parse("document"), 1, 2)
    assert (first.one.counts, first.several.counts) == ([3, 4, 3], [6, 4, 7])
    assert (second.target, second.ratio) == (control(), None)


def test_it_is_told_in_a_table_and_in_a_sentence() -> None:
    first, second = effects()
    assert structs.astuple(effect_cells(first)) == snapshot(
        (
            "httpx 0.27.2, httpcore 1.0.6",
            "compressed",
            "2",
            "3 of 3 (29% to 100%)",
            "3 of 3 (29% to 100%)",
            "10 of 30",
            "17 of 30",
            "1.7 (0.5 to 5.3)",
        )
    )
    assert structs.astuple(effect_cells(second)) == snapshot(
        (
            "aiohttp 3.10.10",
            "compressed",
            "2",
            "0 of 3 (0% to 71%)",
            "0 of 3 (0% to 71%)",
            "0 of 30",
            "0 of 30",
            "",
        )
    )
    assert effect_words([first, second]) == snapshot(
        "Of the published trials those that ran 2 at a time lost 17 of 60 requests, in 3 of 6 trials, those of the same targets that ran one at a time 10 of 60 requests, in 3 of 6 trials. Where each target runs once, several at a time lose 1.7 times as many (95 %: 0.5 to 5.3); no difference is shown."
    )
    assert effect_words([second]) == snapshot(
        "Of the published trials those that ran 2 at a time lost 0 of 30 requests, in 0 of 3 trials, those of the same targets that ran one at a time 0 of 30 requests, in 0 of 3 trials."
    )
    assert effect_words([]) == ""


def test_another_machine_is_not_compared() -> None:
    other = structs.replace(HOST, cpu="Another CPU")
    assert lane_effects([made(lanes=1), made(lanes=2, host=other)]) == []


def test_a_load_whose_clients_clock_was_not_scaled_is_another() -> None:
    old = structs.replace(LOADS["compressed"], expiry_factor=1.0)
    assert lane_effects([made(lanes=1), made(load=old, lanes=2)]) == []


@given(COUNTS, COUNTS)
def test_a_ratio_lies_in_its_interval_and_turned_round_is_its_inverse(
    one: list[int], several: list[int]
) -> None:
    there, back = ratio(one, several), ratio(several, one)
    assert there is not None
    assert back is not None
    assert there.low < there.times < there.high
    assert math.isclose(there.times * back.times, 1)
    assert math.isclose(there.low * back.high, 1, rel_tol=1e-6)


@given(COUNTS)
def test_more_trials_of_the_same_narrow_the_interval(counts: list[int]) -> None:
    few, many = ratio(counts, counts), ratio(counts * 4, counts * 4)
    assert few is not None
    assert many is not None
    assert many.high / many.low < few.high / few.low


@pytest.mark.parametrize(("one", "several"), [([3], [4, 5]), ([0, 0], [1, 2]), ([], [1, 2])])
def test_where_nothing_was_lost_or_one_trial_ran_there_is_no_ratio(
    one: list[int], several: list[int]
) -> None:
    assert ratio(one, several) is None
    assert together([]) is None


def test_all_together_are_surer_than_each() -> None:
    first, _ = effects()
    whole = together([first, first])
    assert whole is not None
    assert first.ratio is not None
    assert first.ratio.low < whole.low < whole.high < first.ratio.high
