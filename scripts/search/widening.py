"""Looking for the end that a question left out: one, two, four, ... points from the other. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

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

    def next(self, tally: Tally, awaited: Sequence[int] = ()) -> tuple[int, Reason] | None:
        """The point to try next, and why; None where those that run are all that is needed by now.

        Args:
            tally: the trials so far.
            awaited: the point of each trial that runs.
        """
        bad, trials = tally.count(self._farthest)
        expected = trials + awaited.count(self._farthest)
        # Those that run may be bad; once as many were not as are run in any case, more are needed.
        rare = not bad and trials >= FEWEST
        if self.end == "good" and (expected < FEWEST or (rare and expected < MOST_GOOD)):
            return self._farthest, Reason("bad rate")
        point = self._likeliest_edge(tally, awaited)
        if point is None:
            return None
        return point, Reason("good end" if self.end == "good" else "bad end")

    def narrow(self, tally: Tally) -> None:
        """Decide whether the point tried as the missing end is one, and cut the row there."""
        while self.end and self._moved_on(tally):
            pass

    def _moved_on(self, tally: Tally) -> bool:
        """Whether it was decided of the point tried as the missing end, so that it is sought no
        longer, or at the next one.
        """
        if self.end == "good" and self._unfit(tally):
            self.end, self.lost = "", True
            return True
        edge, seeks_bad = self._edge(), self.end == "bad"
        verdicts, needed = tally.verdicts(edge), self._needed(tally)
        # One bad trial makes a point bad; it takes several good ones to make it good.
        is_end = any(verdicts) if seeks_bad else len(verdicts) >= needed and not any(verdicts)
        if is_end:
            self.first, self.last = (0, edge) if seeks_bad else (edge, self.last)
        elif not tally.untestable(edge) and len(verdicts) < needed and not any(verdicts):
            return False
        if is_end or self._offset >= self._farthest:
            self.end = ""
            self.lost = not is_end
        self._offset *= 2
        return True

    def _likeliest_edge(self, tally: Tally, awaited: Sequence[int]) -> int | None:
        """The point to try as the missing end, or as the one after it should that be none.

        Each further one is half as likely to be needed as the one before it, and so is each further
        trial of one.
        """
        edges = [self._edge(times) for times in range(self._farthest.bit_length() + 1)]
        open_edges = {
            edge: place + awaited.count(edge)
            for place, edge in enumerate(dict.fromkeys(edges))
            if not tally.untestable(edge)
            and not any(tally.verdicts(edge))
            and len(tally.verdicts(edge)) + awaited.count(edge) < self._needed(tally)
        }
        return min(open_edges, key=lambda edge: open_edges[edge], default=None)

    def _unfit(self, tally: Tally) -> bool:
        """Whether the bad end says nothing, or was never bad in as many trials as are worth it."""
        bad, trials = tally.count(self._farthest)
        return tally.untestable(self._farthest) or (not bad and trials >= MOST_GOOD)

    def _edge(self, further: int = 0) -> int:
        """The point that is tried as the missing end, or a further one after it."""
        offset = self._offset << further
        if self.end == "bad":
            return min(self._farthest, offset)
        return max(0, self._farthest - offset)

    def _needed(self, tally: Tally) -> int:
        """Good trials in a row after which a point is good: as many as almost surely would not be,
        were it bad as often as the bad end is; where the bad end is sought, a few.
        """
        if self.end == "bad":
            return FEWEST
        bad, trials = tally.count(self._farthest)
        rate = (bad + 0.5) / (trials + 1)
        needed = math.log(1 - self.confidence) / math.log(1 - rate)
        return min(MOST_GOOD, max(FEWEST, math.ceil(needed)))
