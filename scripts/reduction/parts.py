"""The parts of a search that are done: a replay takes each as it ended, and asks for nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, cast

import msgspec

from scripts.reduction.ledger import Asking, Case, Counts, Ledger
from scripts.reduction.trail import Attempt, Trail

Result = TypeVar("Result")


class Part(msgspec.Struct, frozen=True):
    """A part of a search that is done.

    Attributes:
        result: what it came to.
        counts: the trials of each case that it tried, as of its end.
        attempts: cases that it judged.
        hurry, dear: how much time there was at its end, see `Pace`.
    """

    result: object
    counts: dict[Case, Counts]
    attempts: tuple[Attempt, ...]
    hurry: bool
    dear: bool


class Parts:
    """Runs the parts of a search, those that are done already from the record of another's.

    Args:
        ledger, trail: what they change.
        settled: parts of a search of the same cases, from its beginning on.

    Attributes:
        settled: all parts that are done.
    """

    def __init__(self, ledger: Ledger, trail: Trail, settled: Iterable[Part] = ()) -> None:
        self.settled: list[Part] = []
        self._ledger = ledger
        self._trail = trail
        self._replayed = iter(settled)

    def run(self, part: Asking[Result]) -> Asking[Result]:
        """What a part of the search comes to."""
        over = next(self._replayed, None)
        if over is not None:
            self._replay(over)
            return cast(Result, over.result)
        tried: set[Case] = set()
        attempts = len(self._trail.attempts)
        self._ledger.tried = tried
        result = yield from part
        pace = self._ledger.pace
        counts = {case: self._ledger.of(*case).copy() for case in tried}
        judged = tuple(self._trail.attempts[attempts:])
        self.settled.append(Part(result, counts, judged, pace.hurry, pace.dear))
        return result

    def _replay(self, part: Part) -> None:
        """Change what a part changed."""
        self.settled.append(part)
        self._ledger.take(part.counts)
        for attempt in part.attempts:
            self._trail.add(attempt)
        self._ledger.pace.hurry, self._ledger.pace.dear = part.hurry, part.dear
