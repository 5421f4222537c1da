"""Trials in queues, each in the order of its numbers, by which they answer: not by who is done
first, which the quick ones would be."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from scripts.reduction.ledger import Ask, Counts
from scripts.reduction.speculation import Slot, Unknown

Result = TypeVar("Result")


class Numbered(Generic[Result]):
    """A queue.

    Attributes:
        over, running: its trials, by number.
        answered: how many answered, from number 0 on.
    """

    def __init__(self) -> None:
        self.over: dict[int, Result] = {}
        self.running: dict[int, Future[Result]] = {}
        self.answered = 0

    def keep(self, result: Result, number: int) -> None:
        """Take in a trial of an earlier run; where its number is negative, as it is not known, or
        taken, it gets the first that is free."""
        if number < 0 or number in self.over:
            number = next(free for free in itertools.count() if free not in self.over)
        self.over[number] = result

    def collect(self) -> list[Result]:
        """Take in those that ended since the last time; one that failed says so when it is asked
        for, as it might never be."""
        ended = [
            number
            for number, future in self.running.items()
            if future.done() and future.exception() is None
        ]
        results = [self.running.pop(number).result() for number in ended]
        self.over.update(zip(ended, results, strict=True))
        return results

    def answers(self) -> list[Result]:
        """Those that answered, in order."""
        return [self.over[number] for number in range(self.answered)]


class Queues(ABC, Generic[Result]):
    """The trials of all cases, in queues; those that an earlier run left come first."""

    def __init__(self) -> None:
        self._queues: defaultdict[Hashable, Numbered[Result]] = defaultdict(Numbered)
        self._counts: dict[Hashable, Counts] = {}

    @abstractmethod
    def queue(self, ask: Ask) -> Hashable:
        """Which queue answers this; None where nothing can be run, which says nothing."""

    @abstractmethod
    def verdict(self, ask: Ask, result: Result) -> bool | None:
        """What a trial says."""

    @abstractmethod
    def _started(self, ask: Ask, number: int) -> Future[Result]:
        """Start a trial of a case."""

    def start(self, ask: Ask, number: int) -> Future[Result]:
        """Start the trial of this number."""
        future = self._started(ask, number)
        self._queues[self.queue(ask)].running[number] = future
        return future

    def collect(self) -> list[Result]:
        """Take in the trials that ended since the last time."""
        return [result for queue in self._queues.values() for result in queue.collect()]

    def over(self) -> list[Result]:
        """All trials that are done."""
        return [result for queue in self._queues.values() for result in queue.over.values()]

    def first(self, ask: Ask) -> int:
        """Number of the first trial that did not answer yet."""
        return self._queues[self.queue(ask)].answered

    def slots(self, ask: Ask, first: int) -> Sequence[Slot]:
        """What is known of as many trials as are asked for, from a number on."""
        key = self.queue(ask)
        if key is None:
            return [None] * ask.count
        queue, slots = self._queues[key], list[Slot]()
        for number in range(first, first + ask.count):
            if number in queue.over:
                slots.append(self.verdict(ask, queue.over[number]))
            else:
                slots.append(Unknown.RUNNING if number in queue.running else Unknown.MISSING)
        return slots

    def counts(self, ask: Ask) -> Counts:
        """All trials of a queue that are done, as it was when the last of them was."""
        key = self.queue(ask)
        if key is None:
            return Counts(silent=1)
        over = self._queues[key].over
        counts = self._counts.get(key)
        if counts is None or counts.asked < len(over):
            counts = self._counts[key] = Counts()
            counts.add(self.verdict(ask, result) for result in over.values())
        return counts

    def answer(self, ask: Ask) -> list[bool | None] | None:
        """For each trial that is asked for, whether it failed (None for one that says nothing),
        once all are done; None before that.

        Raises:
            Exception: what one of them raised.
        """
        key = self.queue(ask)
        if key is None:
            return [None] * ask.count
        queue = self._queues[key]
        numbers = range(queue.answered, queue.answered + ask.count)
        for number in numbers:
            if number in queue.running and queue.running[number].done():
                queue.running[number].result()
        if not all(number in queue.over for number in numbers):
            return None
        queue.answered += ask.count
        return [self.verdict(ask, queue.over[number]) for number in numbers]
