"""Looking for the end that a question left out: one, two, four, ... points from the other. Pure."""

from __future__ import annotations

import math

from scripts.search.question import Question
from scripts.search.step import Reason
from scripts.search.tally import Tally

FEWEST = 3
"""Trials of a point at least, while the good or the bad end is sought."""

MOST_GOOD = 40
"""Trials of a point at most before it counts as the good end, or as no bad end."""


class Widening:
    """The two ends of a row, of which one may have to be found first.

    Args:
        question: what is asked.

    Attributes:
        end: the end that is still to be found; empty where none is, or none was found.
        lost: whether it is looked for no longer: none of those tried is one, or the other end
            cannot say how often the signal shows.
        first, last: indices of the good and the bad end, which move inward when an end is found.
    """

    def __init__(self, question: Question) -> None:
        self.end = question.widen
        self.confidence = question.confidence
        self.first, self.last = 0, len(question.points) - 1
        self._farthest = self.last
        self._offset = 1
        self.lost = False

    def next(self, tally: Tally) -> tuple[int, Reason]:
        """The point to try next, and why."""
        bad, trials = tally.count(self._farthest)
        if self.end == "good" and (not bad or trials < FEWEST):
            return self._farthest, Reason("bad rate")
        return self._edge(), Reason("good end" if self.end == "good" else "bad end")

    def narrow(self, tally: Tally) -> None:
        """Decide whether the point tried as the missing end is one, and cut the row there."""
        if self.end == "good" and self._unfit(tally):
            self.end, self.lost = "", True
            return
        edge, seeks_bad = self._edge(), self.end == "bad"
        verdicts = tally.verdicts(edge)
        needed = FEWEST if seeks_bad else self._goods_needed(tally)
        # One bad trial makes a point bad; it takes several good ones to make it good.
        is_end = any(verdicts) if seeks_bad else len(verdicts) >= needed and not any(verdicts)
        if is_end:
            self.first, self.last = (0, edge) if seeks_bad else (edge, self.last)
        elif not tally.untestable(edge) and len(verdicts) < needed and not any(verdicts):
            return
        if is_end or self._offset >= self._farthest:
            self.end = ""
            self.lost = not is_end
        self._offset *= 2

    def _unfit(self, tally: Tally) -> bool:
        """Whether the bad end says nothing, or was never bad in as many trials as are worth it."""
        bad, trials = tally.count(self._farthest)
        return tally.untestable(self._farthest) or (not bad and trials >= MOST_GOOD)

    def _edge(self) -> int:
        """The point that is tried as the missing end."""
        if self.end == "bad":
            return min(self._farthest, self._offset)
        return max(0, self._farthest - self._offset)

    def _goods_needed(self, tally: Tally) -> int:
        """Good trials in a row after which a point that is bad as often as the bad end is would
        almost surely have been bad once."""
        bad, trials = tally.count(self._farthest)
        rate = (bad + 0.5) / (trials + 1)
        needed = math.log(1 - self.confidence) / math.log(1 - rate)
        return min(MOST_GOOD, max(FEWEST, math.ceil(needed)))
