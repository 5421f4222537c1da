"""Reductions of simulated cases on several workers, each of which runs one trial at a time."""

from __future__ import annotations

import heapq
import random
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from scripts.benchmarks.shrinking import PARAMETERS, HiddenMinimum
from scripts.reduction.lattice import ORIGINAL, Coordinates, Lattice
from scripts.reduction.ledger import Ask, Counts
from scripts.reduction.parts import Part
from scripts.reduction.reduction import Reduction, Unfit
from scripts.reduction.speculation import Known, Slot, Speculation, Unknown

SPREAD = 0.5
"""Standard deviation of the logarithm of what a trial takes; its median is one second."""


class Raced(NamedTuple):
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
        """The verdicts of those that are over."""
        slots = self._slots.get(self.queue(ask), [])[first : first + ask.count]
        return slots + [Unknown.MISSING] * (ask.count - len(slots))

    def counts(self, ask: Ask) -> Counts:
        """Those that are over."""
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
        first = self.first(ask)
        verdicts = [slot for slot in self.slots(ask, first) if not isinstance(slot, Unknown)]
        if len(verdicts) < ask.count:
            return None
        self._answered[self.queue(ask)] = first + ask.count
        return verdicts

    @property
    def answered(self) -> int:
        """Trials that were asked for."""
        return sum(self._answered.values())

    def _luck(self, ask: Ask, number: int) -> random.Random:
        return random.Random(f"{self.hidden.seed} {self.queue(ask)} {number}")  # noqa: S311


def raced(hidden: HiddenMinimum, workers: int) -> Raced:
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
        return Raced(ORIGINAL, now, trials.started, trials.answered)
    return Raced(speculation.result.point, now, trials.started, trials.answered)
