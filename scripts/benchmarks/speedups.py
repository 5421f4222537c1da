"""Reductions of simulated cases on several workers, each of which runs one trial at a time."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product, repeat
from typing import NamedTuple

import msgspec
import numpy as np

from scripts.benchmarks.events import asked
from scripts.benchmarks.shrinking import (
    KINDS,
    PARAMETERS,
    RATES,
    HiddenMinimum,
    hidden_minimum,
)
from scripts.reduction.lattice import ORIGINAL, Coordinates, Lattice
from scripts.reduction.ledger import Ask, Counts
from scripts.reduction.parts import Part
from scripts.reduction.reduction import Reduction, Unfit
from scripts.reduction.speculation import Known, Slot, Speculation, Unknown

WORKERS = (2, 4, 8)

RESAMPLES = 2000
"""Of the problems, for an interval."""

SPREAD = 0.5
"""Standard deviation of the logarithm of what a trial takes; its median is one second."""


class Finished(NamedTuple):
    """What a reduction comes to.

    Attributes:
        point: the smallest case.
        seconds: until it is confirmed.
        started, needed: trials, and those of them that it asked for.
    """

    point: Coordinates
    seconds: float
    started: int
    needed: int


class SpeedupScore(msgspec.Struct, frozen=True):
    """Reductions of one kind of case on so many workers.

    Attributes:
        kind, rate: of the cases.
        workers: each runs one trial at a time.
        problems: how many cases.
        faster: the median time until a case is confirmed on one worker, divided by that on these.
        low, high: its 95 % interval, of problems drawn anew.
        asked: what it is to be.
        used: trials, divided by those that one worker runs.
        same: how many come to the very case that one worker comes to.
        near, rarer: see `ReductionScore`.
    """

    kind: str
    rate: float
    workers: int
    problems: int
    faster: float
    low: float
    high: float
    asked: float
    used: float
    same: int
    near: int
    rarer: int


class SimulatedTrials(Known):
    """Trials of a case whose smallest form is known: a trial ends the same way, and takes the same
    time, whenever it is run."""

    def __init__(self, hidden: HiddenMinimum) -> None:
        self.hidden = hidden
        self.started = 0
        self._slots: dict[Hashable, list[Slot]] = {}
        self._counts: dict[Hashable, Counts] = {}
        self._answered: dict[Hashable, int] = {}

    def queue(self, ask: Ask) -> Hashable:
        """That of the case on its side."""
        return ask.point, ask.side, ask.final

    def first(self, ask: Ask) -> int:
        """The number after those that answered."""
        return self._answered.get(self.queue(ask), 0)

    def slots(self, ask: Ask, first: int) -> list[Slot]:
        """The verdicts of those that are done."""
        slots = self._slots.get(self.queue(ask), [])[first : first + ask.count]
        return slots + [Unknown.MISSING] * (ask.count - len(slots))

    def counts(self, ask: Ask) -> Counts:
        """Those that are done."""
        return self._counts.setdefault(self.queue(ask), Counts())

    def start(self, ask: Ask, number: int) -> float:
        """Start a trial: what it takes."""
        slots = self._slots.setdefault(self.queue(ask), [])
        if number != len(slots):
            raise ValueError(number)
        slots.append(Unknown.RUNNING)
        self.started += 1
        return self._luck(ask, number).lognormvariate(0.0, SPREAD)

    def finish(self, ask: Ask, number: int) -> None:
        """End a trial."""
        luck = self._luck(ask, number)
        luck.lognormvariate(0.0, SPREAD)
        failed = luck.random() < self.hidden.true_rate(ask.point, ask.side)
        self._slots[self.queue(ask)][number] = failed
        self.counts(ask).add([failed])

    def answer(self, ask: Ask) -> list[bool | None] | None:
        """The verdicts that are asked for, once all are known."""
        slots = self.slots(ask, self.first(ask))
        if Unknown.RUNNING in slots or Unknown.MISSING in slots:
            return None
        self._answered[self.queue(ask)] = self.first(ask) + ask.count
        return [slot for slot in slots if not isinstance(slot, Unknown)]

    @property
    def answered(self) -> int:
        """Trials that were asked for."""
        return sum(self._answered.values())

    def _luck(self, ask: Ask, number: int) -> random.Random:
        return random.Random(f"{self.hidden.seed} {self.queue(ask)} {number}")  # noqa: S311


def on_workers(hidden: HiddenMinimum, workers: int) -> Finished:
    """What a reduction on so many workers comes to, and when."""
    lattice = Lattice(hidden.top, (True,) * PARAMETERS)

    def fresh(settled: Iterable[Part]) -> Reduction:
        return Reduction(lattice, hidden.guard is not None, settled=settled)

    trials, speculation, now = SimulatedTrials(hidden), Speculation(fresh), 0.0
    running: list[tuple[float, int, Ask, int]] = []
    try:
        while speculation.ask is not None:
            if (verdicts := trials.answer(speculation.ask)) is not None:
                speculation.tell(verdicts)
                continue
            for ask, number in speculation.likeliest(trials, workers - len(running)):
                until = now + trials.start(ask, number)
                heapq.heappush(running, (until, trials.started, ask, number))
            now, _, ask, number = heapq.heappop(running)
            trials.finish(ask, number)
    except Unfit:
        return Finished(ORIGINAL, now, trials.started, trials.answered)
    return Finished(speculation.result.point, now, trials.started, trials.answered)


def speedup_score(
    problems: Sequence[HiddenMinimum],
    alone: Sequence[Finished],
    several: Sequence[Finished],
    workers: int,
    kind: str,
) -> SpeedupScore:
    """How much faster reductions are.

    Args:
        problems: of one kind.
        alone, several: what one worker comes to, and what several come to.
        workers: how many.
        kind: of the problems.
    """
    seconds = np.array([[one.seconds for one in alone], [one.seconds for one in several]])
    drawn = np.random.default_rng(1).integers(len(problems), size=(RESAMPLES, len(problems)))
    medians = np.median(seconds[:, drawn], axis=2)
    low, high = np.quantile(medians[0] / medians[1], (0.025, 0.975))
    before, after = np.median(seconds, axis=1)
    pairs = list(zip(problems, several, strict=True))
    return SpeedupScore(
        kind=kind,
        rate=problems[0].rate,
        workers=workers,
        problems=len(problems),
        faster=float(before / after),
        low=float(low),
        high=float(high),
        asked=asked(problems[0].rate < 1, workers),
        used=sum(one.started for one in several) / sum(one.started for one in alone),
        same=sum(one.point == other.point for one, other in zip(alone, several, strict=True)),
        near=sum(hidden.near(finished.point) for hidden, finished in pairs),
        rarer=sum(hidden.astray(finished.point) for hidden, finished in pairs),
    )


def speedup_scores(
    count: int, seed: int, lanes: int, tell: Callable[[str], None]
) -> list[SpeedupScore]:
    """Every kind, rate and number of workers.

    Args:
        count: cases of each kind.
        seed: from which all cases are drawn.
        lanes: processes to use.
        tell: told of each kind that is there.
    """
    scored: list[SpeedupScore] = []
    cells = list(product(KINDS, RATES))
    with ProcessPoolExecutor(lanes) as pool:
        for number, (kind, rate) in enumerate(cells, 1):
            seeds = [f"{seed} {kind} {rate} {problem}" for problem in range(count)]
            problems = [hidden_minimum(kind, rate, one) for one in seeds]
            alone, *several = (
                list(pool.map(on_workers, problems, repeat(workers))) for workers in (1, *WORKERS)
            )
            scored += [
                speedup_score(problems, alone, finished, workers, kind)
                for workers, finished in zip(WORKERS, several, strict=True)
            ]
            tell(f"[{number}/{len(cells)}] {kind}, rate {rate:g}")
    return scored
