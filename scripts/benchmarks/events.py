"""Several workers that run a search's trials, each one at a time, on a clock that is made up."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from itertools import count
from typing import NamedTuple, Protocol

from scripts.domain.trial import Trial
from scripts.search.step import Step

STEADY = 0.8
"""What is asked where trials are bad every time or never, by log2(workers + 1): the next is chosen
by the last, so that several at a time can only be a tree of choices."""

CHANCE = 0.6
"""What is asked where they are bad by chance, by the number of workers."""


def asked(by_chance: bool, workers: int) -> float:
    """How many times as fast so many workers are to be as one.

    Args:
        by_chance: whether trials are bad by chance.
        workers: each runs one trial at a time.
    """
    if workers == 1:
        return 1.0
    return CHANCE * workers if by_chance else STEADY * math.log2(workers + 1)


class Asking(Protocol):
    """A search, as workers go on with it."""

    def next(self, under_way: list[Step]) -> Step | None:
        """The next trial to run beside those that run; None for none now."""

    def take(self, step: Step, trial: Trial, control: Trial | None) -> object:
        """Take in a trial."""


class Running(NamedTuple):
    """A trial that a worker runs.

    Attributes:
        end: when it is done, in seconds; of those that end together the first one begun is first.
        order: its place among all.
        step: that asked for it.
        trial: what it will have given.
    """

    end: float
    order: int
    step: Step
    trial: Trial


def seconds_taken(
    search: Asking, workers: int, trying: Callable[[Step], tuple[float, Trial]]
) -> float:
    """Go on with a search until it asks for nothing and nothing runs; how long that takes.

    A worker that is free asks for a trial. One that gets none waits until another's is done.

    Args:
        search: without any trials.
        workers: how many trials run at a time.
        trying: how many seconds a step's trial takes, and what it gives.

    Returns:
        Seconds, until the last trial is done.
    """
    now, order = 0.0, count()
    running: list[Running] = []
    while True:
        while len(running) < workers and (step := search.next([trial.step for trial in running])):
            seconds, trial = trying(step)
            heapq.heappush(running, Running(now + seconds, next(order), step, trial))
        if not running:
            return now
        over = heapq.heappop(running)
        now = over.end
        search.take(over.step, over.trial, None)
