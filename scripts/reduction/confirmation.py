"""The last word on a case: runs of its own, made after it was chosen, as the finished script."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scripts.reduction.judge import UNDECIDED
from scripts.reduction.lattice import Coordinates
from scripts.reduction.ledger import HOPELESS, SURE, Ask, Asking, Counts, Ledger, Side
from scripts.reduction.trail import Trail

CONFIRMED_SHARE = 0.99
"""Share of the confirming runs that must fail on the bad side, and pass on the good one, where
the original is not known to fail by chance."""

CONFIRMING = 100
"""Runs of each side that confirm the last case."""

CONFIRMING_BATCH = 20
"""Confirming runs that are asked for at most before it is looked at them."""


class Reduced(msgspec.Struct, frozen=True):
    """The smallest confirmed case, and the runs that confirmed it on either side."""

    point: Coordinates
    bad: Counts
    good: Counts


class Confirmation:
    """Confirms cases that were kept.

    Args:
        ledger: of all trials but those that confirm.
        trail: of the cases that were kept.
        sides: on which a case must be confirmed.
        runs: of each side that confirm a case.

    Attributes:
        unfinished: whether time was too short to confirm a case.
        refuted: on which side the last case that was not confirmed was wrong, and its runs there;
            None where none was.
    """

    def __init__(self, ledger: Ledger, trail: Trail, sides: Sequence[Side], runs: int) -> None:
        self.ledger = ledger
        self.trail = trail
        self.sides = sides
        self.runs = runs
        self.unfinished = False
        self.refuted: tuple[Side, Counts] | None = None
        self._allowed = (1 - CONFIRMED_SHARE) * runs

    def of(self, point: Coordinates) -> Asking[Reduced | None]:
        """A case with its own fresh runs, where they confirm it."""
        confirmed: dict[Side, Counts] = {"bad": Counts(), "good": Counts()}
        for side in self.sides:
            counts = yield from self._confirmed(point, side)
            if counts is None:
                return None
            confirmed[side] = counts
        return Reduced(point, **confirmed)

    def _confirmed(self, point: Coordinates, side: Side) -> Asking[Counts | None]:
        """The runs that confirm a case on a side; None where they do not."""
        counts = Counts()
        verdict = None
        while verdict is None:
            left = self.runs - counts.trials
            batch = min(CONFIRMING_BATCH, left) if left > 0 else max(1, counts.trials // 4)
            counts.add((yield Ask(point, side, batch, "confirming", final=True)))
            if counts.untestable:
                return None
            verdict = yield from self._verdict(side, counts)
        if not verdict:
            self.refuted = side, counts
            return None
        if counts.trials <= self.runs and not self.trail.disproved:
            return counts
        # Success was waited for, so what is claimed rests on runs of its own.
        fresh = Counts()
        while fresh.trials < self.runs:
            missing = self.runs - fresh.trials
            fresh.add((yield Ask(point, side, missing, "confirming", final=True)))
            if fresh.untestable:
                return None
        if _wrong(side, counts) <= self._allowed < _wrong(side, fresh):
            self.refuted = side, fresh
            return None
        return fresh

    def _verdict(self, side: Side, counts: Counts) -> Asking[bool | None]:
        """Whether the confirming runs confirm their case; None where more are needed."""
        enough = counts.trials >= self.runs
        if _wrong(side, counts) <= self._allowed:
            return True if enough else None
        if side == "good":
            return False
        yield from self.ledger.know_original()
        if not self.ledger.by_chance(self.trail.kept):
            return False
        share = yield from self.ledger.beside_original(counts)
        if share <= HOPELESS:
            return False
        if enough and share >= SURE:
            return True
        if enough and self.ledger.pace.hurry:
            self.unfinished = True
            return False
        return share >= 0.5 if counts.trials >= UNDECIDED else None


def _wrong(side: Side, counts: Counts) -> int:
    """Trials that did not do what they should on their side."""
    return counts.failed if side == "good" else counts.trials - counts.failed
