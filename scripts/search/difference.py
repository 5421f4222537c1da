"""Which of the differences between two environments do it? Says which trial to run next.

Pure but for what tells which mixtures can be had, which is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from scripts.analysis import signals
from scripts.analysis.readings import Reading, Sighting, untestable
from scripts.domain.trial import Target, Trial
from scripts.search import threshold
from scripts.search.bisection import SURELY_SWAPPED
from scripts.search.contrast import Contrast
from scripts.search.separation import CauseSearch, Changes
from scripts.search.step import Reason, Step, free_round
from scripts.search.tally import Tally

GOOD, BAD = 0, 1
"""Indices of the ends."""


class Mixing(Protocol):
    """What tells which mixtures can be had, and what runs in them."""

    def __call__(self, changes: Changes) -> Changes | None:
        """The set of changes that is made where one is asked for; None where none can be had."""

    def target(self, changes: Changes) -> Target:
        """What runs with a set of changes made, one that can be had."""


class Difference:
    """A contrast and its trials so far.

    Args:
        contrast: what is asked.
        mixing: which mixtures can be had.

    Attributes:
        tally: every trial taken in.
    """

    def __init__(self, contrast: Contrast, mixing: Mixing) -> None:
        self.question = contrast
        self.tally = Tally(contrast.points, signals.parse(contrast.signal))
        self._mixing = mixing
        self._targets = dict.fromkeys([contrast.good, contrast.bad])

    def take(
        self, step: Step, trial: Trial | Sighting, control: Trial | Sighting | None
    ) -> Reading:
        """Take in the trial that a step asked for; returns what it says."""
        record = self.tally.take(step.target, trial, control)
        self._targets[step.target] = None
        if self.tally.signal.unset:
            threshold.settle(self.tally, GOOD, BAD)
        return record.reading

    def next(self, under_way: Sequence[Step] = ()) -> Step | None:
        """The next trial to run, beside those that run already; None when it is answered, or its
        trials are used up.
        """
        if len(self.tally.records) + len(under_way) >= self.question.most or self.mute is not None:
            return None
        choice = self._choice([step.target for step in under_way])
        if choice is None:
            return None
        return Step(free_round(self.tally.following, under_way), *choice)

    def _choice(self, awaited: Sequence[Target]) -> tuple[Target, Reason] | None:
        """What to run next, and why.

        Args:
            awaited: the target of each trial that runs.
        """
        places = self.tally.place
        points = [places[target] for target in awaited if target in places]
        scarcer, trials = self.tally.scarcer(GOOD, BAD, points)
        end = self.question.points[scarcer].target
        if trials < (threshold.EACH_END if self.tally.signal.unset else 1):
            return end, Reason("ends")
        open_trials = map(self.question.changes_of, [*awaited, *self.tally.unjudged])
        changes = self.separation().next(self._costs(), [*open_trials])
        if changes is not None:
            return self._mixing.target(changes), Reason("separating")
        if self.tally.inverted(GOOD, BAD) and trials < SURELY_SWAPPED:
            return end, Reason("swapped")
        return None

    def soon(self, step: Step) -> list[Target]:
        """Targets likely to be tried after a step, whichever way it goes."""
        if self.tally.signal.unset or not self.tally.judged:
            return []
        soon = []
        for bad in (True, False):
            ahead = self.separation()
            ahead.record(self.question.changes_of(step.target), bad)
            changes = ahead.next(self._costs())
            soon += [] if changes is None else [self._mixing.target(changes)]
        return soon

    def target(self, changes: Changes) -> Target:
        """What runs with a set of changes made, one that can be had."""
        return self._mixing.target(changes)

    @property
    def mute(self) -> int | None:
        """Which end says nothing; None where both do."""
        return next((end for end in (GOOD, BAD) if self.tally.untestable(end)), None)

    def separation(self) -> CauseSearch:
        """What the trials so far say of the changes."""
        separation = CauseSearch(
            list(self.question.changes), self._mixing, self.question.confidence
        )
        for target in self._targets:
            changes, records = self.question.changes_of(target), self.tally.of(target)
            if untestable(records):
                separation.skip(changes)
            for record in records:
                if record.reading.bad is not None:
                    separation.record(changes, record.reading.bad)
        return separation

    def _costs(self) -> dict[Changes, float]:
        """How long a trial of each set of changes takes, where one was tried: by what is usual, so
        that a set that was not tried yet, which counts 1, is as dear as any.
        """
        usual = self.tally.usual_cost
        costs = ((target, self.tally.cost_of(target)) for target in self._targets)
        return {
            self.question.changes_of(target): cost / usual
            for target, cost in costs
            if cost is not None
        }
