"""Reductions of simulated cases whose smallest form is known: ours beside plain greedy halving."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import msgspec

from scripts.reduction.lattice import ORIGINAL, Coordinates, Lattice
from scripts.reduction.reduction import Reduction, Unfit
from scripts.reduction.shape import COUNTS

KINDS = ("independent", "interacting", "two-sided")
"""Parameters that each matter alone; a pair that must shrink together; a good side that fails
too where one of them is too small."""

RATES = (1.0, 0.9, 0.5, 0.2)
PARAMETERS = 8
FACTOR = 1.5
"""By how much a parameter may exceed its true minimum."""

TRIES = 10
"""Runs that greedy halving gives a smaller case to fail once."""


@dataclass(frozen=True)
class HiddenMinimum:
    """A case whose smallest form is known.

    Attributes:
        top: the original's indexes into the ladder.
        least: the smallest value of each parameter at which it still fails.
        rate: at which it then fails; one rung below in one parameter it is half of that.
        pair: two parameters that must keep their ratio, within a rung; None for none.
        guard: the parameter below whose least value the good side fails too; None for none.
        seed: of the luck that its runs have.
    """

    top: Coordinates
    least: tuple[int, ...]
    rate: float
    pair: tuple[int, int] | None
    guard: int | None
    seed: str

    @property
    def rungs(self) -> Coordinates:
        """The smallest indexes that still fail."""
        return tuple(
            next(rung for rung, value in enumerate(COUNTS) if value >= least)
            for least in self.least
        )

    def true_rate(self, point: Coordinates, side: str) -> float:
        """The rate of failures of a case on either side."""
        at = point or self.top
        short = [max(0, need - index) for index, need in zip(at, self.rungs, strict=True)]
        if side == "good":
            return self.rate if self.guard is not None and short[self.guard] else 0.0
        if self.guard is not None:
            short[self.guard] = 0
        if self.pair is not None:
            one, other = (at[axis] - self.rungs[axis] for axis in self.pair)
            if abs(one - other) > 1:
                return 0.0
        return self.rate * {0: 1.0, 1: 0.5}.get(sum(short), 0.0)

    def near(self, point: Coordinates) -> bool:
        """Whether every parameter is within `FACTOR` of its true minimum."""
        at = point or self.top
        return all(
            COUNTS[index] <= FACTOR * least for index, least in zip(at, self.least, strict=True)
        )

    def astray(self, point: Coordinates) -> bool:
        """Whether a case fails at under 0.8 of the original's rate, or fails on the good side."""
        return self.true_rate(point, "bad") < 0.8 * self.rate or self.true_rate(point, "good") > 0.0


class Shrunk(NamedTuple):
    """The smallest case that a method comes to, and the runs it took."""

    point: Coordinates
    runs: int


class ReductionScore(msgspec.Struct, frozen=True):
    """One method on one kind of case.

    Attributes:
        kind, rate: of the cases.
        method: "ours" or "halving".
        problems: how many cases.
        near: how many it brought within 1.5 times the true minimum in each parameter.
        rarer: how many it left with a case that fails at under 0.8 of the original's rate, or
            fails on the good side.
        calls: runs of a case, median.
        most: their 95th percentile.
    """

    kind: str
    rate: float
    method: str
    problems: int
    near: int
    rarer: int
    calls: float
    most: float


def hidden_minimum(kind: str, rate: float, seed: str) -> HiddenMinimum:
    """A case drawn from its seed."""
    draw = random.Random(f"case {seed}")  # noqa: S311
    top = [draw.randrange(8, len(COUNTS)) for _ in range(PARAMETERS)]
    rungs = [draw.choice((0, draw.randrange(rung + 1))) for rung in top]
    pair = guard = None
    if kind == "interacting":
        one, other = draw.sample(range(PARAMETERS), 2)
        pair = (one, other)
        apart = min(top[one], top[other], draw.randrange(4, 8))
        rungs[one], rungs[other] = top[one] - apart, top[other] - apart
    if kind == "two-sided":
        guard = draw.randrange(PARAMETERS)
        rungs[guard] = max(2, top[guard] // 2)
    least = tuple(
        1 if rung == 0 else draw.randint(COUNTS[rung - 1] + 1, COUNTS[rung]) for rung in rungs
    )
    return HiddenMinimum(tuple(top), least, rate, pair, guard, seed)


def our_reduction(hidden: HiddenMinimum) -> Shrunk:
    """The smallest case our reduction confirms."""
    luck = random.Random(hidden.seed)  # noqa: S311
    reduction = Reduction(Lattice(hidden.top, (True,) * PARAMETERS), hidden.guard is not None)
    asking, runs = reduction.search(), 0
    failures: Sequence[bool] | None = None
    try:
        while True:
            ask = asking.send(failures) if failures is not None else next(asking)
            rate = hidden.true_rate(ask.point, ask.side)
            failures = [luck.random() < rate for _ in range(ask.count)]
            runs += ask.count
    except StopIteration as end:
        return Shrunk(end.value.point, runs)
    except Unfit:
        return Shrunk(ORIGINAL, runs)


def halving(hidden: HiddenMinimum) -> Shrunk:
    """The case that halving each parameter gives for as long as one run of a few fails."""
    luck = random.Random(hidden.seed)  # noqa: S311
    current, runs = hidden.top, 0
    for axis in range(PARAMETERS):
        while current[axis]:
            point = _halved(current, axis)
            passes, took = _passes(hidden, point, luck)
            runs += took
            if not passes:
                break
            current = point
    return Shrunk(current, runs)


def _halved(point: Coordinates, axis: int) -> Coordinates:
    """A case with one parameter at half its value, or the rung below that."""
    limit = COUNTS[point[axis]] / 2
    half = max(rung for rung, value in enumerate(COUNTS) if rung == 0 or value <= limit)
    return (*point[:axis], half, *point[axis + 1 :])


def _passes(hidden: HiddenMinimum, point: Coordinates, luck: random.Random) -> tuple[bool, int]:
    """Whether a case fails once where it should, and never where it should not; and the runs."""
    runs = 0
    for side in ("bad", "good") if hidden.guard is not None else ("bad",):
        failed = False
        for _ in range(TRIES):
            runs += 1
            failed = luck.random() < hidden.true_rate(point, side)
            if failed:
                break
        if failed == (side == "good"):
            return False, runs
    return True, runs


REDUCERS: Mapping[str, Callable[[HiddenMinimum], Shrunk]] = {
    "ours": our_reduction,
    "halving": halving,
}


def reduction_score(kind: str, rate: float, method: str, count: int, seed: int) -> ReductionScore:
    """One method on so many cases of a kind."""
    near = rarer = 0
    runs: list[int] = []
    for number in range(count):
        hidden = hidden_minimum(kind, rate, f"{seed} {kind} {rate} {number}")
        shrunk = REDUCERS[method](hidden)
        near += hidden.near(shrunk.point)
        rarer += hidden.astray(shrunk.point)
        runs.append(shrunk.runs)
    runs.sort()
    most = runs[int(0.95 * (len(runs) - 1))]
    return ReductionScore(kind, rate, method, count, near, rarer, statistics.median(runs), most)


def reduction_scores(
    count: int, seed: int, lanes: int, tell: Callable[[str], None]
) -> list[ReductionScore]:
    """Every kind, rate and method.

    Args:
        count: cases of each kind.
        seed: from which all cases are drawn.
        lanes: processes to use.
        tell: told of each score that is there.
    """
    scored: list[ReductionScore] = []
    with ProcessPoolExecutor(lanes) as pool:
        jobs = [
            pool.submit(reduction_score, kind, rate, method, count, seed)
            for kind, rate, method in product(KINDS, RATES, REDUCERS)
        ]
        for number, job in enumerate(jobs, 1):
            scored.append(job.result())
            tell(f"[{number}/{len(jobs)}] {scored[-1].kind}, rate {scored[-1].rate:g}")
    return scored
