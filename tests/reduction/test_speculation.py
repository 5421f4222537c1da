"""Running ahead: what a reduction comes to is what it would have come to with one lane."""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterable, Mapping
from concurrent.futures import Future

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.benchmarks.shrinking import KINDS, hidden_minimum
from scripts.benchmarks.speedups import on_workers
from scripts.reduction.chances import Belief, chances
from scripts.reduction.confirmation import Reduced
from scripts.reduction.lattice import Coordinates, Lattice
from scripts.reduction.ledger import Ask, Side
from scripts.reduction.numbering import Numbered, Queues
from scripts.reduction.parts import Part
from scripts.reduction.reduction import Reduction, Unfit
from scripts.reduction.speculation import Speculation

pytestmark = pytest.mark.pure

Drawn = tuple[Coordinates, Side, bool]

LATTICE = Lattice((5, 5, 5), (True, True, False), ((1, 1, 1),))


def fresh(settled: Iterable[Part]) -> Reduction:
    return Reduction(LATTICE, two_sided=True, confirming=20, settled=settled)


class DrawnTrials(Queues[bool | None]):
    """Trials that are drawn from a seed, by their case and number, whenever they are run."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed
        self.running: list[tuple[Future[bool | None], bool | None]] = []
        self.started: list[tuple[Hashable, int]] = []

    def queue(self, ask: Ask) -> Drawn:
        return ask.point, ask.side, ask.final

    def verdict(self, ask: Ask, result: bool | None) -> bool | None:
        return result

    def rate(self, point: Coordinates, side: Side) -> float:
        draw = random.Random(f"{self.seed}")  # noqa: S311
        rate, least = draw.choice([1.0, 0.9, 0.5]), [draw.randrange(4) for _ in LATTICE.top]
        if side == "good":
            return 0.5 if point and point[0] < least[2] else 0.0
        short = sum(max(0, most - index) for most, index in zip(least, point, strict=False))
        return float(rate * 0.6**short)

    def _started(self, ask: Ask, number: int) -> Future[bool | None]:
        luck = random.Random(f"{self.seed} {self.queue(ask)} {number}")  # noqa: S311
        failed: bool | None = luck.random() < self.rate(ask.point, ask.side)
        future: Future[bool | None] = Future()
        self.running.append((future, None if luck.random() < 0.01 else failed))
        self.started.append((self.queue(ask), number))
        return future

    def stored(self) -> Mapping[Hashable, Mapping[int, bool | None]]:
        return {key: dict(queue.over) for key, queue in self._queues.items()}

    def keep(self, stored: Mapping[Hashable, Mapping[int, bool | None]]) -> None:
        for key, over in stored.items():
            for number, result in over.items():
                self._queues[key].keep(result, number)


def searched(
    trials: DrawnTrials,
    lanes: int,
    order: random.Random | None = None,
    most: int = 10_000,
    dear: int = 10_000,
    hurry: int = 10_000,
) -> tuple[list[Ask], Reduced | str | None]:
    """What is asked for, and the end; None where it is interrupted after so many asks.

    From so many asks on trials are dear, and time is short. Trials end in any order; those that
    fail, sooner than others.
    """
    speculation, asks = Speculation(fresh), list[Ask]()
    pick = order or random.Random(0)  # noqa: S311
    try:
        while (ask := speculation.ask) is not None:
            while (verdicts := trials.answer(ask)) is None:
                for start in speculation.likeliest(trials, lanes - len(trials.running)):
                    trials.start(*start)
                failing = [place for place, (_, failed) in enumerate(trials.running) if failed]
                place = pick.choice(failing or range(len(trials.running)))
                future, failed = trials.running.pop(place)
                future.set_result(failed)
                trials.collect()
            asks.append(ask)
            if len(asks) == most:
                return asks, None
            pace = speculation.reduction.pace
            pace.dear, pace.hurry = len(asks) >= dear, len(asks) >= hurry
            speculation.tell(verdicts)
    except Unfit as unfit:
        return asks, str(unfit)
    return asks, speculation.result


@pytest.mark.long
@given(st.integers(0, 10_000), st.integers(2, 8), st.integers(20, 200), st.integers(20, 200))
@settings(max_examples=8, deadline=None)
def test_several_lanes_come_to_what_one_comes_to(
    seed: int, lanes: int, dear: int, hurry: int
) -> None:
    order = random.Random(seed)  # noqa: S311
    alone = searched(DrawnTrials(seed), 1, dear=dear, hurry=hurry)
    assert searched(DrawnTrials(seed), lanes, order, dear=dear, hurry=hurry) == alone


@pytest.mark.long
@given(st.integers(0, 10_000), st.integers(2, 8), st.integers(1, 150))
@settings(max_examples=8, deadline=None)
def test_one_that_was_interrupted_and_resumed_comes_to_the_same(
    seed: int, lanes: int, most: int
) -> None:
    alone = searched(DrawnTrials(seed), 1)
    interrupted = DrawnTrials(seed)
    searched(interrupted, lanes, random.Random(seed), most)  # noqa: S311
    resumed = DrawnTrials(seed)
    resumed.keep(interrupted.stored())  # what nobody asked for is among it; what ran is lost
    assert searched(resumed, lanes) == alone
    again = DrawnTrials(seed)
    again.keep(resumed.stored())
    assert searched(again, 1) == alone
    assert again.started == []


@pytest.mark.parametrize("seed", range(4))
def test_one_lane_runs_what_is_asked_for_and_nothing_else(seed: int) -> None:
    trials = DrawnTrials(seed)
    asks, _ = searched(trials, 1)
    queues = [trials.queue(ask) for ask in asks for _ in range(ask.count)]
    assert [queue for queue, _ in trials.started] == queues


def test_who_is_done_first_does_not_answer_first() -> None:
    trials, ask = DrawnTrials(1), Ask((), "bad", 1, "")
    first, second = (trials.start(ask, number) for number in range(2))
    second.set_result(True)
    trials.collect()
    assert trials.counts(ask).trials == 1
    assert trials.answer(ask) is None
    first.set_result(False)
    trials.collect()
    assert [trials.answer(ask), trials.answer(ask), trials.answer(ask)] == [[False], [True], None]


def test_what_nobody_asks_for_may_fail_to_run() -> None:
    trials, ask = DrawnTrials(1), Ask((), "bad", 1, "")
    first, second = (trials.start(ask, number) for number in range(2))
    second.set_exception(OSError("no room"))
    first.set_result(True)
    trials.collect()
    assert trials.answer(ask) == [True]
    with pytest.raises(OSError, match="no room"):
        trials.answer(ask)


def test_a_trial_whose_number_is_not_known_takes_the_first_free_place() -> None:
    queue: Numbered[str] = Numbered()
    for result, number in (("a", -1), ("b", 0), ("c", 5), ("d", 5), ("e", 3)):
        queue.keep(result, number)
    assert queue.over == {0: "a", 1: "b", 5: "c", 2: "d", 3: "e"}


@pytest.mark.parametrize("kind", KINDS)
def test_several_workers_are_faster_and_find_the_same(kind: str) -> None:
    hidden = hidden_minimum(kind, 0.9, "racing")
    alone, several = on_workers(hidden, 1), on_workers(hidden, 4)
    assert (several.point, several.needed) == (alone.point, alone.needed)
    assert alone.started == alone.needed
    assert several.started < 1.2 * several.needed
    assert several.seconds < alone.seconds / 2.4


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 40))
def test_chances_are_of_every_outcome_and_the_likeliest_comes_first(
    failed: int, passed: int, more: int
) -> None:
    prior = (Belief(0.5, 5.0, 1.0), Belief(0.5, 0.1, 2.0))
    outcomes = chances(prior, failed, failed + passed, more)
    assert sum(chance.share for chance in outcomes) == pytest.approx(1.0)
    assert all(0 <= chance.failed <= more for chance in outcomes)
    assert list(outcomes) == sorted(outcomes, reverse=True)


def test_what_failed_once_is_likely_to_fail_again() -> None:
    prior = (Belief(0.5, 9.5, 0.5), Belief(0.5, 0.1, 2.0))
    before, after = (chances(prior, failed, failed, 1)[0] for failed in (0, 1))
    assert (after.failed, before.share < 0.6, after.share > 0.9) == (1, True, True)
