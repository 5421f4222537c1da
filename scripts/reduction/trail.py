"""The cases kept on the way down from the original, and the way back from one that was no good."""

from __future__ import annotations

import msgspec

from scripts.reduction.lattice import ORIGINAL, Coordinates
from scripts.reduction.ledger import Counts


class Attempt(msgspec.Struct, frozen=True):
    """A case that was tried, and what it did to both sides.

    Attributes:
        point: the case.
        why: which parameters it changed.
        kept: whether it took the place of the one before.
        bad, good: its trials on either side when that was decided.
    """

    point: Coordinates
    why: str
    kept: bool
    bad: Counts
    good: Counts


class Trail:
    """Where a reduction stands, and how it came there.

    Attributes:
        attempts: every case that was tried, in order.
        kept: the cases that each took the place of the one before.
        refused: those that will not be tried again.
        disproved: how many cases were kept that the confirming runs did not confirm.
    """

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.kept: list[Coordinates] = []
        self.refused: set[Coordinates] = set()
        self.disproved = 0

    @property
    def current(self) -> Coordinates:
        """The smallest case that was kept so far."""
        return self.kept[-1] if self.kept else ORIGINAL

    def add(self, attempt: Attempt) -> None:
        """Go on to a case that was tried, or never again there."""
        self.attempts.append(attempt)
        if attempt.kept:
            self.kept.append(attempt.point)
        else:
            self.refused.add(attempt.point)

    def back_up(self, steps: int, confirmed: Coordinates | None) -> None:
        """Go back from a case that was not confirmed, by so many kept cases at most.

        A case that was confirmed stays, and so does the very first until it is tried itself.
        """
        self.disproved += 1
        # What the trials of its steps were too few to tell, the confirming runs did. Those on the
        # way back are not known to be wrong, and may be tried again.
        self.refused.add(self.kept[-1])
        floor = 0 if confirmed is None else self.kept.index(confirmed)
        last = max(floor, len(self.kept) - 1 - steps) if len(self.kept) > 1 else -1
        del self.kept[last + 1 :]
