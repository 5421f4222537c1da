"""Whether a smaller case may take the place of a larger one."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.reduction.lattice import ORIGINAL, Coordinates
from scripts.reduction.ledger import (
    BATCH,
    HOPELESS,
    SURE,
    Asking,
    Counts,
    Ledger,
    Side,
    at_most_probability,
)
from scripts.reduction.parts import Parts
from scripts.reduction.trail import Attempt, Trail

PASSES = 0.1
"""Rate of failures on the good side below which it counts as passing, in a step."""

UNDECIDED = 1500
"""Trials of one case after which no decision means no."""

UNDECIDED_DEAR = 30
"""The same where trials are dear."""


class Judge:
    """Judges one case at a time, beside the original and the smallest kept so far.

    Args:
        ledger: of all trials.
        trail: of the cases that were judged.
        sides: on which a case must be as it should.
        parts: of the search; each judgement is one.
    """

    def __init__(self, ledger: Ledger, trail: Trail, sides: Sequence[Side], parts: Parts) -> None:
        self.ledger = ledger
        self.trail = trail
        self.sides = sides
        self._parts = parts

    def holds(self, point: Coordinates, why: str) -> Asking[bool]:
        """Whether a case fails about as reliably as the original, and passes on the good side."""
        if point in self.trail.refused or self.ledger.pace.hurry:
            return False
        return (yield from self._parts.run(self._judged(point, why)))

    def _judged(self, point: Coordinates, why: str) -> Asking[bool]:
        """The same of a case that was not refused before, while there is time."""
        kept = True
        for side in self.sides:
            verdict = yield from self._stands(point, side, why)
            if verdict is None:
                return False  # there was no time to tell: it is not known to be wrong
            kept = verdict
            if not kept:
                break
        bad, good = (self.ledger.of(point, side).copy() for side in ("bad", "good"))
        self.trail.add(Attempt(point, why, kept, bad, good))
        return kept

    def _stands(self, point: Coordinates, side: Side, why: str) -> Asking[bool | None]:
        """Whether a case is as it should be on a side; None where there was no time to tell.

        A case whose trials say nothing is not.
        """
        counts, pace = self.ledger.of(point, side), self.ledger.pace
        while True:
            batch = min(BATCH, max(1, counts.trials // 2))
            yield from self.ledger.run(point, side, batch, why)
            if counts.untestable:
                return False
            share = yield from self._share(counts, side)
            if share >= SURE or share <= HOPELESS:
                return share >= SURE
            if pace.hurry:
                return None
            if counts.trials >= (UNDECIDED_DEAR if pace.dear else UNDECIDED):
                return share >= 0.5 and not pace.dear

    def _share(self, counts: Counts, side: Side) -> Asking[float]:
        """Probability that a case is as it should be on a side."""
        if side == "good":
            return at_most_probability(counts, PASSES)
        share = yield from self.ledger.beside_original(counts)
        current = self.trail.current
        if share > HOPELESS and current != ORIGINAL:
            share = min(share, (yield from self.ledger.beside(current, counts)))
        return share
