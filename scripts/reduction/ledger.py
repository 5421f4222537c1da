"""The trials of every case, counted on each side, and what they make probable.

Pure: it asks for trials, and is told of each whether it failed, or that it says nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from functools import cache
from typing import Literal, TypeVar

import msgspec
import numpy as np

from scripts.reduction.lattice import ORIGINAL, Coordinates

Side = Literal["bad", "good"]

Case = tuple[Coordinates, Side]
"""A case on a side."""

KEPT = 0.8
"""A smaller case must fail at least this often, relative to what it is compared with."""

SURE = 0.98
"""Probability at which a step counts as kept; the whole is confirmed at the end."""

HOPELESS = 0.005
"""Probability at which a step is given up."""

BELIEVED = 0.9
"""Probability at which something is believed of the original: that it fails by chance, that its
good side fails as often."""

CHANCE = 0.97
"""Rate below which an original fails by chance."""

SILENT = 2
"""Trials of a case that may say nothing, whatever the others say."""

SILENT_SHARE = 0.05
"""Share of its trials that may say nothing beyond those. A case is one of many, and easily given
up; what is left out of its rates must not be what they are made of."""

ORIGINAL_KNOWN = 120
"""Trials of the original that tell by themselves whether it fails by chance."""

BATCH = 40
"""Trials that are asked for at most before it is looked at them, and at the clock."""

_GRID = (np.arange(60) + 0.5) / 60


class Counts(msgspec.Struct):
    """Trials of a case on one side.

    Attributes:
        failed: those that failed, of those that said something.
        trials: those that said something: all that rates are made of.
        silent: those that said nothing.
    """

    failed: int = 0
    trials: int = 0
    silent: int = 0

    def add(self, verdicts: Iterable[bool | None]) -> None:
        """Take in trials: whether each failed; None for one that says nothing."""
        for verdict in verdicts:
            if verdict is None:
                self.silent += 1
            else:
                self.failed += verdict
                self.trials += 1

    @property
    def asked(self) -> int:
        """All trials, whether they said something or not."""
        return self.trials + self.silent

    @property
    def untestable(self) -> bool:
        """Whether so many said nothing that the rest stand for too little."""
        return self.silent > SILENT + SILENT_SHARE * self.asked

    def copy(self) -> Counts:
        """The same as of now."""
        return Counts(self.failed, self.trials, self.silent)


class Ask(msgspec.Struct, frozen=True):
    """Trials that are to be run.

    Attributes:
        point: of which case.
        side: on which side.
        count: how many.
        why: what for.
        final: whether they confirm the case, as the finished script.
    """

    point: Coordinates
    side: Side
    count: int
    why: str
    final: bool = False


Result = TypeVar("Result")

Asking = Generator[Ask, Sequence[bool | None], Result]
"""What asks for trials, expects for each whether it failed (None where it says nothing), and comes
to a result."""


class Pace(msgspec.Struct):
    """How much time there is; set from outside, whenever that changes.

    Attributes:
        hurry: time is short: nothing new is tried, only confirmed.
        dear: trials take long: the original is not tried again, and a case that is not soon seen
            to be as reliable is not kept.
    """

    hurry: bool = False
    dear: bool = False


class Ledger:
    """Trials of cases as they come, those that confirm a case apart.

    Args:
        pace: how much time there is.

    Attributes:
        tried: cases that trials were counted of; whoever wants to know hands in an empty set.
    """

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.tried: set[Case] = set()
        self._counts: dict[Case, Counts] = {}

    def of(self, point: Coordinates, side: Side) -> Counts:
        """The trials of a case on a side so far."""
        return self._counts.setdefault((point, side), Counts())

    def run(self, point: Coordinates, side: Side, count: int, why: str) -> Asking[None]:
        """Ask for trials of a case, and count them."""
        verdicts = yield Ask(point, side, count, why)
        self.of(point, side).add(verdicts)
        self.tried.add((point, side))

    def take(self, counts: Mapping[Case, Counts]) -> None:
        """Take over the trials of some cases, in place of what was known of them."""
        self._counts.update({case: known.copy() for case, known in counts.items()})

    def beside_original(self, counts: Counts) -> Asking[float]:
        """Probability that a case fails about as reliably as the original does.

        Where the original is known worse than the case, it is what must be known better.
        """
        original = self.of(ORIGINAL, "bad")
        share = kept_probability(counts, original)
        better_known = counts.trials > 3 * original.asked
        spare = not self.pace.hurry and not self.pace.dear
        if HOPELESS < share < SURE and better_known and spare:
            yield from self.run(ORIGINAL, "bad", min(BATCH, original.asked), "the original")
            share = kept_probability(counts, original)
        return share

    def beside(self, kept: Coordinates, counts: Counts) -> Asking[float]:
        """Probability that a case fails about as reliably as the one whose place it would take.

        That one may have been kept by a lucky run: it is believed only where it is known as well.
        """
        rival = self.of(kept, "bad")
        share = kept_probability(counts, rival)
        if share < SURE and rival.trials < counts.trials and not self.pace.hurry:
            missing = min(BATCH, counts.trials - rival.trials)
            yield from self.run(kept, "bad", missing, "what it is compared with")
            share = kept_probability(counts, rival)
        return share if share >= SURE or rival.trials >= counts.trials else max(share, 0.5)

    def know_original(self) -> Asking[None]:
        """Try the original until it can be told whether it fails by chance, if there is time."""
        original = self.of(ORIGINAL, "bad")
        while original.asked < ORIGINAL_KNOWN and not self.pace.dear and not self.pace.hurry:
            yield from self.run(ORIGINAL, "bad", BATCH, "the original")

    def by_chance(self, kept: Iterable[Coordinates]) -> bool:
        """Whether the original fails by chance; where that is unknown, what took its place."""
        together = self.of(ORIGINAL, "bad").copy()
        if together.trials < ORIGINAL_KNOWN:
            for point in kept:
                counts = self.of(point, "bad")
                together.failed += counts.failed
                together.trials += counts.trials
        return at_most_probability(together, CHANCE) >= BELIEVED


def kept_probability(smaller: Counts, original: Counts, share: float = KEPT) -> float:
    """Probability that a case fails at least `share` times as often as the original.

    Both rates have Jeffreys' prior (Proc. R. Soc. A 186, 1946).
    """
    return _kept_probability(
        (smaller.failed, smaller.trials), (original.failed, original.trials), share
    )


@cache  # a reduction is replayed for each future that is looked at
def _kept_probability(smaller: tuple[int, int], original: tuple[int, int], share: float) -> float:
    """The same of failures and trials."""
    from scipy.special import betainc, betaincinv  # a fifth of a second of imports

    failed, trials = original
    rates = betaincinv(
        failed + 0.5, trials - failed + 0.5, _GRID
    )  # equally likely values of the original's rate
    failed, trials = smaller
    below = betainc(failed + 0.5, trials - failed + 0.5, share * rates)
    return float(1 - below.mean())


def at_most_probability(counts: Counts, limit: float) -> float:
    """Probability that a rate is at most `limit`, under Jeffreys' prior."""
    return _at_most_probability(counts.failed, counts.trials, limit)


@cache  # as above
def _at_most_probability(failed: int, trials: int, limit: float) -> float:
    """The same of failures and trials."""
    from scipy.special import betainc  # as above

    return float(betainc(failed + 0.5, trials - failed + 0.5, limit))
