"""Which trials a reduction is likeliest to need next: what lanes that are free may run ahead.

What is run ahead decides nothing. A case's trials are numbered as they are started, and a reduction
is told of them in the order of their numbers, whenever they were run and whoever was done first. So
it comes to what it would have come to with one lane.
"""

from __future__ import annotations

import enum
import heapq
import itertools
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple, Protocol

from scripts.reduction.chances import Chance, beliefs, chances
from scripts.reduction.confirmation import Reduced
from scripts.reduction.futures import Fresh, Future, Futures, Told
from scripts.reduction.ledger import Ask, Counts
from scripts.reduction.reduction import Reduction

LEAST = 0.05
"""Probability below which a future is not followed."""

ENOUGH = 0.5
"""Probability from which on a trial is run without a look at what else may be needed."""

LOOKS = 24
"""Futures that are looked at before trials are chosen."""


class Unknown(enum.Enum):
    """Why nothing is known of a trial."""

    RUNNING = enum.auto()
    MISSING = enum.auto()


Slot = bool | None | Unknown
"""A trial's verdict, or why there is none."""


class Known(Protocol):
    """The trials of all cases, in queues: each in the order of its numbers."""

    def queue(self, ask: Ask) -> Hashable:
        """Which queue answers this."""

    def first(self, ask: Ask) -> int:
        """Number of the first trial in its queue that did not answer yet."""

    def slots(self, ask: Ask, first: int) -> Sequence[Slot]:
        """What is known of as many trials as are asked for, from a number on."""

    def counts(self, ask: Ask) -> Counts:
        """All trials of its queue that are known."""


class Start(NamedTuple):
    """A trial to be started: for what, and its number in its queue."""

    ask: Ask
    number: int


class _Guess(NamedTuple):
    """What a future takes for granted of a queue.

    Attributes:
        asked: trials that answer on the way there.
        failed, trials: of those that are not known.
    """

    asked: int = 0
    failed: int = 0
    trials: int = 0


class _Look(NamedTuple):
    """A future that may be looked at.

    Attributes:
        unlikely: how likely it is, negated, so that the likeliest sorts first.
        order: tells those apart that are as likely.
        before, told: the place that it follows, and what leads there; None for that place itself.
        guesses: what it takes for granted, by queue.
    """

    unlikely: float
    order: int
    before: Future
    told: Told | None
    guesses: dict[Hashable, _Guess]


class Speculation:
    """A reduction, and the trials that it is likeliest to ask for.

    Args:
        fresh: makes another that stands at its beginning.
    """

    def __init__(self, fresh: Fresh) -> None:
        self._futures = Futures(fresh)

    @property
    def reduction(self) -> Reduction:
        """The one that is told what its trials say."""
        return self._futures.reduction

    @property
    def ask(self) -> Ask | None:
        """What it asks for; None once it is done."""
        return self._futures.present.ask

    @property
    def result(self) -> Reduced:
        """What it came to.

        Raises:
            TypeError: it is not over.
        """
        if self._futures.result is None:
            raise TypeError("the reduction is not over")
        return self._futures.result

    def tell(self, verdicts: Sequence[bool | None]) -> None:
        """Tell the reduction of the trials that it asked for, at the pace that it has now.

        Raises:
            Unfit: there is nothing to reduce, or nothing smaller was confirmed.
        """
        self._futures.go_on(len(verdicts), self._told(verdicts.count(True), verdicts.count(None)))

    def likeliest(self, known: Known, most: int) -> list[Start]:
        """The trials that are likeliest to be needed, of those that were not started.

        Args:
            known: all trials.
            most: how many there may be.
        """
        needed: dict[tuple[Hashable, int], float] = {}
        starts: dict[tuple[Hashable, int], Start] = {}
        order = itertools.count()
        looks = [_Look(-1.0, next(order), self._futures.present, None, {})]
        for _ in range(LOOKS):
            if not looks:
                break
            look = heapq.heappop(looks)
            future = look.before
            if look.told is not None:
                future = self._futures.after(future, look.told)
            if future.ask is None:
                continue
            ask, queue = future.ask, known.queue(future.ask)
            first = known.first(ask) + look.guesses.get(queue, _Guess()).asked
            slots = known.slots(ask, first)
            missing = [place for place, slot in enumerate(slots, first) if slot is Unknown.MISSING]
            for number in missing[:most]:
                starts.setdefault((queue, number), Start(ask, number))
                needed[queue, number] = needed.get((queue, number), 0.0) - look.unlikely
            if sum(share >= ENOUGH for share in needed.values()) >= most:
                break
            for share, told, guesses in self._outcomes(ask, slots, look.guesses, known):
                if look.unlikely * share <= -LEAST:
                    after = _Look(look.unlikely * share, next(order), future, told, guesses)
                    heapq.heappush(looks, after)
        # Of one queue the first come first: they are found first, and needed as much at least.
        return [starts[key] for key in sorted(needed, key=lambda key: -round(needed[key], 9))][
            :most
        ]

    def _outcomes(
        self, ask: Ask, slots: Sequence[Slot], guesses: dict[Hashable, _Guess], known: Known
    ) -> Iterator[tuple[float, Told, dict[Hashable, _Guess]]]:
        """How the trials that are asked for may end: how likely, told how, and what is guessed."""
        failed, silent = slots.count(True), slots.count(None)
        unknown = ask.count - failed - silent - slots.count(False)
        queue, counts = known.queue(ask), known.counts(ask)
        guess = guesses.get(queue, _Guess())
        outcomes: Sequence[Chance] = [Chance(1.0, 0)]
        if counts.silent > counts.trials:
            silent += unknown
        else:
            prior = beliefs(self.reduction, ask)
            trials = counts.trials + guess.trials
            outcomes = chances(prior, counts.failed + guess.failed, trials, unknown)
        for chance in outcomes:
            now = _Guess(
                guess.asked + ask.count, guess.failed + chance.failed, guess.trials + unknown
            )
            told = self._told(failed + chance.failed, silent)
            yield chance.share, told, {**guesses, queue: now}

    def _told(self, failed: int, silent: int) -> Told:
        """What the reduction is told now."""
        pace = self.reduction.pace
        return Told(failed, silent, pace.hurry, pace.dear)
