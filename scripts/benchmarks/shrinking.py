"""Reductions of simulated cases whose smallest form is known: ours beside plain greedy halving."""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product

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
class Problem:
    """A case whose smallest form is known.

    Attributes:
        top: the original's indexes into the ladder.
        least: the smallest value of each parameter at which it still fails.
        rate: at which it then fails; one rung below in one parameter it is half of that.
        pair: two parameters that must keep their ratio, within a rung; None for none.
        guard: the parameter below whose least value the good side fails too; None for none.
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
            one, other = (at[each] - self.rungs[each] for each in self.pair)
            if abs(one - other) > 1:
                return 0.0
        return self.rate * {0: 1.0, 1: 0.5}.get(sum(short), 0.0)

    def near(self, point: Coordinates) -> bool:
        """Whether every parameter is within `FACTOR` of its true minimum."""
        at = point or self.top
        return all(
            COUNTS[index] <= FACTOR * least for index, least in zip(at, self.least, strict=True)
        )


class Row(msgspec.Struct, frozen=True):
    """One method on one kind of problem.

    Attributes:
        kind, rate: of the problems.
        method: "ours" or "halving".
        problems: how many.
        near: how many it brought within 1.5 times the true minimum in each parameter.
        rarer: how many it left with a case that fails at under 0.8 of the original's rate, or
            fails on the good side.
        calls: runs of a case, median; most: their 95th percentile.
    """

    kind: str
    rate: float
    method: str
    problems: int
    near: int
    rarer: int
    calls: float
    most: float


def problem(kind: str, rate: float, seed: str) -> Problem:
    """A problem drawn from its seed."""
    draw = random.Random(f"case {seed}")  # noqa: S311
    top = [draw.randrange(8, len(COUNTS)) for _ in range(PARAMETERS)]
    rungs = [draw.choice((0, draw.randrange(each + 1))) for each in top]
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
    return Problem(tuple(top), least, rate, pair, guard, seed)


def ours(each: Problem) -> tuple[Coordinates, int]:
    """The smallest case our reduction confirms, and the runs it took."""
    luck = random.Random(each.seed)  # noqa: S311
    reduction = Reduction(Lattice(each.top, (True,) * PARAMETERS), each.guard is not None)
    asking, calls = reduction.search(), 0
    told: Sequence[bool] | None = None
    try:
        while True:
            ask = asking.send(told) if told is not None else next(asking)
            rate = each.true_rate(ask.point, ask.side)
            told = [luck.random() < rate for _ in range(ask.count)]
            calls += ask.count
    except StopIteration as end:
        return end.value.point, calls
    except Unfit:
        return ORIGINAL, calls


def halving(each: Problem) -> tuple[Coordinates, int]:
    """The case that halving each parameter gives for as long as one run of a few fails."""
    luck = random.Random(each.seed)  # noqa: S311
    current, calls = each.top, 0
    for axis in range(PARAMETERS):
        while current[axis]:
            half = max(rung for rung, value in enumerate(COUNTS)
                       if rung == 0 or value <= COUNTS[current[axis]] / 2)  # fmt: skip
            point = (*current[:axis], half, *current[axis + 1 :])
            for side in ("bad", "good") if each.guard is not None else ("bad",):
                failed = False
                for _ in range(TRIES):
                    calls += 1
                    failed = luck.random() < each.true_rate(point, side)
                    if failed:
                        break
                if failed == (side == "good"):
                    break
            else:
                current = point
                continue
            break
    return current, calls


METHODS: dict[str, Callable[[Problem], tuple[Coordinates, int]]] = {
    "ours": ours,
    "halving": halving,
}


def row(kind: str, rate: float, method: str, count: int, seed: int) -> Row:
    """One method on `count` problems of a kind."""
    near = rarer = 0
    calls: list[int] = []
    for number in range(count):
        each = problem(kind, rate, f"{seed} {kind} {rate} {number}")
        found, took = METHODS[method](each)
        near += each.near(found)
        rarer += each.true_rate(found, "bad") < 0.8 * rate or each.true_rate(found, "good") > 0.0
        calls.append(took)
    ranked = sorted(calls)
    return Row(kind, rate, method, count, near, rarer, statistics.median(ranked),
               ranked[int(0.95 * (len(ranked) - 1))])  # fmt: skip


def rows(count: int, seed: int, lanes: int, tell: Callable[[str], None]) -> list[Row]:
    """Every kind, rate and method, on `count` problems each."""
    found: list[Row] = []
    with ProcessPoolExecutor(lanes) as pool:
        waiting = [
            pool.submit(row, kind, rate, method, count, seed)
            for kind, rate, method in product(KINDS, RATES, METHODS)
        ]
        for each in waiting:
            found.append(each.result())
            tell(f"[{len(found)}/{len(waiting)}] {found[-1].kind}, rate {found[-1].rate:g}")
    return found
