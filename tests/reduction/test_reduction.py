"""Making cases smaller: on simulated ones whose smallest form is known."""

import hashlib
import random
from collections.abc import Callable, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.benchmarks import shrinking
from scripts.benchmarks.shrinking import KINDS, RATES, reduction_score
from scripts.reduction.confirmation import Reduced
from scripts.reduction.lattice import ORIGINAL, Coordinates, Lattice
from scripts.reduction.ledger import Ask, Counts, kept_probability
from scripts.reduction.reduction import Reduction, Unfit

pytestmark = pytest.mark.pure

Rates = Callable[[Coordinates, str], float]
"""The rate of failures of a case on a side."""


def reduced(
    reduction: Reduction,
    rate: Rates,
    asks: list[Ask] | None = None,
    silence: Rates = lambda _point, _side: 0.0,
) -> Reduced:
    """What a reduction finds under these rates; what it asks for is added to `asks`.

    So large a share of trials as `silence` gives says nothing.
    """
    luck, mute = random.Random(7), random.Random(8)  # noqa: S311
    search = reduction.search()
    verdicts: Sequence[bool | None] | None = None
    while True:
        try:
            ask = next(search) if verdicts is None else search.send(verdicts)
        except StopIteration as end:
            assert isinstance(end.value, Reduced)
            return end.value
        if asks is not None:
            asks.append(ask)
        share = rate(ask.point or reduction.lattice.top, ask.side)
        silent = silence(ask.point, ask.side)
        verdicts = [
            None if mute.random() < silent else luck.random() < share for _ in range(ask.count)
        ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", RATES)
def test_simulated_cases_come_near_their_minimum_and_never_drift(kind: str, rate: float) -> None:
    count = 12 if rate > 0.2 else 4
    ours = reduction_score(kind, rate, "ours", count, seed=1)
    assert ours.rarer == 0
    assert ours.near >= 0.75 * count


def test_halving_believes_single_runs_and_drifts() -> None:
    assert reduction_score("independent", 0.5, "halving", 20, seed=1).rarer > 0


def test_a_seed_that_holds_spares_the_large_cases() -> None:
    tried: list[Coordinates] = []

    def rate(point: Coordinates, side: str) -> float:
        tried.append(point)
        return 1.0 if point in ((9, 9), (2, 1), (1, 1)) else 0.0

    smallest = reduced(Reduction(Lattice((9, 9), (True, True), ((0, 1), (2, 1)))), rate)
    assert smallest.point == (1, 1)
    assert smallest.bad == Counts(100, 100)
    assert max(sum(point) for point in tried if point != (9, 9)) <= 3


def test_what_the_good_side_fails_too_is_not_kept() -> None:
    def rate(point: Coordinates, side: str) -> float:
        return 1.0 if side == "bad" or point[0] < 4 else 0.0

    smallest = reduced(Reduction(Lattice((9,), (True,)), two_sided=True), rate)
    assert smallest.point == (4,)
    assert smallest.good == Counts(0, 100)


def test_an_original_that_does_not_fail_ends_it() -> None:
    with pytest.raises(Unfit, match="bad target does not fail: 0 of 20 trials"):
        reduced(Reduction(Lattice((9,), (True,))), lambda _point, _side: 0.0)


def test_a_good_side_that_fails_ends_it() -> None:
    with pytest.raises(Unfit, match=r"good target fails too: \d+ of \d+ trials"):
        reduced(Reduction(Lattice((9,), (True,)), two_sided=True), lambda _point, _side: 1.0)


def test_a_case_that_luck_kept_is_left_when_it_is_confirmed() -> None:
    # As reliable as needed for a step now and then, but not in a hundred runs.
    smallest = reduced(
        Reduction(Lattice((9,), (True,))), lambda point, _side: 1.0 if point[0] > 2 else 0.88
    )
    assert smallest.point == (3,)
    assert smallest.bad.failed >= 99


def test_where_what_was_kept_is_not_confirmed_that_is_why_nothing_is_smaller() -> None:
    def rate(point: Coordinates, side: str) -> float:
        return 1.0 if side == "bad" else 0.06

    with pytest.raises(Unfit, match=r"not confirmed: on the good side it failed in \d+ of \d+ tr"):
        reduced(Reduction(Lattice((9,), (False,), ((0,),)), two_sided=True), rate)


def test_dear_trials_of_the_original_are_not_repeated() -> None:
    reduction = Reduction(Lattice((9,), (True,)))
    reduction.pace.dear = True
    asked: list[Coordinates] = []

    def rate(point: Coordinates, side: str) -> float:
        asked.append(point)
        return 1.0 if point[0] > 2 else 0.8

    assert reduced(reduction, rate).point == (3,)
    assert reduction.ledger.of(ORIGINAL, "bad").trials <= 4


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40))
@settings(max_examples=50, deadline=None)
def test_more_failures_never_make_a_case_less_reliable(one: int, more: int, trials: int) -> None:
    original = Counts(5, 10)
    fewer = Counts(min(one, trials), trials)
    greater = Counts(min(one + more, trials), trials)
    low, high = (kept_probability(counts, original) for counts in (fewer, greater))
    assert 0 <= low <= high + 1e-12 <= 1 + 1e-9


def test_problems_are_the_same_for_the_same_seed() -> None:
    assert shrinking.hidden_minimum("interacting", 0.5, "x") == shrinking.hidden_minimum(
        "interacting", 0.5, "x"
    )


@pytest.mark.parametrize("share", [0.9, 0.95, 0.97, 0.985])
def test_rarer_by_little_steps_comes_back_to_what_is_reliable(share: float) -> None:
    def rate(point: Coordinates, side: str) -> float:
        return float(share ** sum(max(0, 2 - index) for index in point))

    smallest = reduced(Reduction(Lattice((3, 3, 3, 3), (True,) * 4)), rate)
    assert smallest.bad.failed >= 99
    assert sum(smallest.point) < 12


def test_where_only_the_bare_case_is_reliable_it_is_the_answer() -> None:
    smallest = reduced(
        Reduction(Lattice((9, 9), (True,) * 2)),
        lambda point, _side: 1.0 if point == (9, 9) else 0.93,
    )
    assert smallest.point == (9, 9)


def test_what_is_more_reliable_than_the_original_is_not_given_up_for_less() -> None:
    def rate(point: Coordinates, side: str) -> float:
        return {9: 0.2, 0: 0.2}.get(point[0], 1.0)

    reduction = Reduction(Lattice((9,), (True,), ((4,),)))
    smallest = reduced(reduction, rate)
    assert smallest.point == (1,)


def test_little_time_left_ends_a_step_that_cannot_be_told_soon() -> None:
    reduction = Reduction(Lattice((9,), (True,)))
    asked: list[Coordinates] = []

    def rate(point: Coordinates, side: str) -> float:
        asked.append(point)
        reduction.pace.hurry = reduction.pace.hurry or asked.count((3,)) > 5
        return 0.9 if point[0] > 3 else 0.72

    assert reduced(reduction, rate).point[0] > 3
    assert asked.count((3,)) < 100


def test_a_good_side_that_fails_as_often_is_named() -> None:
    with pytest.raises(Unfit, match=r"good"):
        reduced(Reduction(Lattice((9,), (True,)), two_sided=True), lambda _point, _side: 0.5)


def test_a_claim_rests_on_runs_of_its_own_where_confirming_took_many() -> None:
    smallest = reduced(Reduction(Lattice((9,), (True,))), lambda _point, _side: 0.5)
    assert smallest.bad.trials == 100


def test_a_case_that_fails_by_chance_is_confirmed_after_another_was_not() -> None:
    ends = []
    for top in range(8, 12):
        reduction = Reduction(Lattice((top,), (True,)))
        ends.append(reduced(reduction, lambda point, _: 0.5 if point[0] > 2 else 0.41))
    assert all(smallest.bad.trials == 100 for smallest in ends)


def test_where_the_first_seed_is_not_confirmed_the_next_is_tried() -> None:
    asked: list[Coordinates] = []

    def rate(point: Coordinates, side: str) -> float:
        asked.append(point)
        rates: dict[Coordinates, float] = {(4, 4): 0.95, (6, 6): 1.0, (9, 9): 1.0}
        return rates.get(point, 0.0)

    smallest = reduced(Reduction(Lattice((9, 9), (False,) * 2, ((4, 4), (6, 6)))), rate)
    assert smallest.point == (6, 6)


def test_no_time_to_confirm_is_said_to_be_so() -> None:
    reduction = Reduction(Lattice((9,), (True,)), confirming=100)

    def rate(point: Coordinates, side: str) -> float:
        reduction.pace.hurry = bool(reduction.trail.kept)
        return 0.5

    with pytest.raises(Unfit, match="no time to confirm"):
        reduced(reduction, rate)


def together(point: Coordinates, side: str) -> float:
    """Fails where two parameters keep their distance, a third matters alone, a fourth not."""
    one, other, alone, _ = point
    return 0.9 if side == "bad" and abs(one - other) <= 2 and alone >= 3 else 0.0


def rarer(point: Coordinates, side: str) -> float:
    """Fails more rarely with every parameter, and on the good side where the first is small."""
    if side == "good":
        return 0.5 if point[0] < 2 else 0.0
    return float(0.98 ** sum(9 - index for index in point))


@pytest.mark.parametrize(
    ("lattice", "rate", "count", "digest"),
    [
        (Lattice((9, 9, 9, 9), (True,) * 4), together, 221, "af0324468bdf"),
        (
            Lattice((9, 9, 9, 9), (True,) * 4, ((2, 2, 2, 2), (5, 5, 5, 5))),
            together,
            215,
            "26731145106d",
        ),
        (Lattice((9, 9), (True, False)), rarer, 1667, "3acaa96939c7"),
    ],
)
def test_what_is_asked_for_stays_the_same(
    lattice: Lattice, rate: Rates, count: int, digest: str
) -> None:
    asks: list[Ask] = []
    reduced(Reduction(lattice, two_sided=True), rate, asks)
    assert len(asks) == count
    assert hashlib.sha256(msgspec.json.encode(asks)).hexdigest()[:12] == digest


@pytest.mark.parametrize("side", ["bad", "good"])
def test_a_case_whose_trials_say_nothing_is_neither_good_nor_kept(side: str) -> None:
    def rate(_point: Coordinates, side: str) -> float:
        return 1.0 if side == "bad" else 0.0

    def silence(point: Coordinates, of: str) -> float:
        return 1.0 if of == side and point and point[0] < 4 else 0.0

    reduction = Reduction(Lattice((9,), (True,)), two_sided=True)
    smallest = reduced(reduction, rate, silence=silence)
    assert smallest.point == (4,)
    assert (smallest.bad, smallest.good) == (Counts(100, 100), Counts(0, 100))
    refused = [attempt for attempt in reduction.trail.attempts if not attempt.kept]
    assert refused
    for attempt in refused:
        counts = attempt.bad if side == "bad" else attempt.good
        assert (counts.trials, counts.silent) == (0, 3)


def test_a_run_that_says_nothing_is_made_up_for_and_told_and_is_in_no_rate() -> None:
    smallest = reduced(
        Reduction(Lattice((9,), (True,)), two_sided=True),
        lambda point, side: 1.0 if side == "bad" and point[0] > 2 else 0.0,
        silence=lambda _point, _side: 0.02,
    )
    assert smallest.point == (3,)
    assert (smallest.bad.failed, smallest.bad.trials) == (100, 100)
    assert (smallest.good.failed, smallest.good.trials) == (0, 100)
    assert 0 < smallest.bad.silent + smallest.good.silent <= 14


def test_one_that_mostly_says_nothing_ends_it_with_that() -> None:
    always = lambda _point, _side: 1.0  # noqa: E731
    with pytest.raises(Unfit, match="does not fail: 0 of 0 trials, 20 more say nothing"):
        reduced(Reduction(Lattice((9,), (True,))), always, silence=always)
    with pytest.raises(Unfit, match="can hardly be told: 0 trials, 20 more say nothing"):
        reduced(
            Reduction(Lattice((9,), (True,)), two_sided=True),
            always,
            silence=lambda _point, side: float(side == "good"),
        )
    with pytest.raises(Unfit, match="; of 1 of 1 too many trials say nothing"):
        reduced(
            Reduction(Lattice((9,), (True,))),
            always,
            silence=lambda point, _side: float(bool(point)),
        )


@given(st.integers(0, 60), st.integers(0, 60))
def test_silence_is_in_no_rate_and_only_much_of_it_makes_a_case_untestable(
    telling: int, silent: int
) -> None:
    counts = Counts()
    counts.add([True] * telling + [None] * silent)
    assert (counts.failed, counts.trials, counts.silent) == (telling, telling, silent)
    assert counts.asked == telling + silent
    assert counts.copy() == counts
    assert not counts.untestable or silent > 2
    assert counts.untestable or silent <= 2 + 0.05 * counts.asked
