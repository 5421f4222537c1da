"""What trials say of rows of sets of changes: from which set on they are bad.

Each row is searched as `changepoint` searches. What one row has told counts in the next: a set
that was taken for good tells of the rate of good ones wherever it stands, and so do bad ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripts.search.changepoint import Answer, Search
from scripts.search.rows import Changes, Row

LEAD = 0.9
"""How sure a decision must be to go on from it. What is claimed in the end is tried by itself, so
that a wrong lead costs trials and no more."""


@dataclass(frozen=True)
class Decision:
    """A row with what its trials say.

    Attributes:
        search: of the first set that is bad.
        sets: those of the row, by their points in it.
        counts: how many trials of each point were bad, and how many there were.
        answer: the likeliest.
        rarity: how many times as rare as its prior has it that is what it says.
    """

    search: Search
    sets: Mapping[int, Changes]
    counts: Mapping[int, tuple[int, int]]
    answer: Answer
    rarity: float = 1

    @property
    def first(self) -> Changes | None:
        """The first set that is bad; None where all are alike."""
        return None if self.answer.step is None else self.sets[self.answer.step]

    @property
    def candidates(self) -> list[tuple[Changes, float]]:
        """(What the first bad set may have more than the one before it, probability), the likeliest
        first.
        """
        judged = sorted(self.counts)
        return [
            (self.sets[step] - self.sets[judged[judged.index(step) - 1]], share)
            for step, share in self.answer.candidates
        ]

    @property
    def doubt(self) -> float:
        """How likely it is that the row is otherwise."""
        return self.rarity * (1 - self.answer.confidence)

    def next(self, costs: Mapping[Changes, float], awaited: Sequence[Changes] = ()) -> Changes:
        """The set whose trial tells most per cost.

        Args:
            costs: of a trial of each set, in any unit; 1 for one that is not there.
            awaited: the set of each trial that runs already, of this row.
        """
        own = [1.0] * self.search.points
        for point, changes in self.sets.items():
            own[point] = costs.get(changes, 1.0)
        return self.sets[self.search.next(own, self._points(awaited))]

    def gain(self, awaited: Sequence[Changes] = ()) -> float:
        """Bits that its most telling trial is expected to tell, beside those that run already."""
        return float(self.search.gains(self._points(awaited)).max())

    def bad_share(self, changes: Changes) -> float:
        """How likely a trial of one of its sets that can be judged is bad, 0 to 1."""
        return self.search.bad_share(*self._points([changes]))

    def judges(self, changes: Changes) -> bool:
        """Whether a set is one of the row that can be judged."""
        return any(self.sets[point] == changes for point in self.counts)

    def _points(self, tried: Sequence[Changes]) -> list[int]:
        places = {changes: point for point, changes in self.sets.items()}
        return [places[changes] for changes in tried]


class Undecided(Exception):
    """A row of which more has to be known."""

    def __init__(self, decision: Decision) -> None:
        super().__init__()
        self.decision = decision


class Decisions:
    """The trials of sets of changes, and what they say of rows.

    Args:
        mute: sets that cannot be judged; it may grow.
    """

    def __init__(self, mute: set[Changes]) -> None:
        self._mute = mute
        self._trials: dict[Changes, tuple[int, int]] = {}
        self._last: dict[tuple[Row, bool], Decision] = {}
        self._judged: dict[Changes, bool] = {}

    def record(self, changes: Changes, bad: bool) -> None:
        """Take in one trial of a set of changes: whether it was bad."""
        count, trials = self.trials(changes)
        self._trials[changes] = count + bad, trials + 1

    def trials(self, changes: Changes) -> tuple[int, int]:
        """How many trials of a set were bad, and how many there were."""
        return self._trials.get(changes, (0, 0))

    def copy(self) -> Decisions:
        """The same trials, to which others can be added by themselves."""
        other = Decisions(self._mute)
        other._trials, other._last = dict(self._trials), dict(self._last)
        return other

    def restart(self) -> None:
        """Take no set for good or bad any more; the trials stay."""
        self._judged = {}

    def decided(self, row: Row, even: bool = False) -> Decision:
        """What the trials say of a row whose ends can be judged.

        Args:
            row: the sets.
            even: whether each step is as likely beforehand as any other; else as many changes as
                it has, so much is it.

        Raises:
            Undecided: it does not lead anywhere yet.
        """
        sets = dict(enumerate(row)) if even else {len(changes): changes for changes in row}
        counts = self._counts(sets)
        last = self._last.get((row, even))
        if last is None or last.counts != counts:
            last = self._last[row, even] = _decision(sets, counts)
        if last.doubt > 1 - LEAD:
            raise Undecided(last)
        if (step := last.answer.step) is not None:
            self._judged |= {changes: point >= step for point, changes in sets.items()}
        return last

    def _counts(self, sets: Mapping[int, Changes]) -> dict[int, tuple[int, int]]:
        """How many trials were bad and how many there were, at each point of a row that can be
        judged; those of other sets that were taken for good or bad before stand at its ends."""
        counts = {
            point: self.trials(changes)
            for point, changes in sets.items()
            if changes not in self._mute
        }
        row = set(sets.values())
        for end in (min(counts), max(counts)):
            others = [
                self.trials(changes)
                for changes, bad in self._judged.items()
                if bad == (end != min(counts)) and changes not in row
            ]
            both = [counts[end], *others]
            counts[end] = sum(bad for bad, _ in both), sum(trials for _, trials in both)
        return counts


def _decision(sets: Mapping[int, Changes], counts: Mapping[int, tuple[int, int]]) -> Decision:
    """A row with what its trials say.

    Args:
        sets: those of the row, by their points in it.
        counts: how many trials of each point were bad, and how many there were.
    """
    search = Search(max(sets) + 1)
    search.untestable = set(range(search.points)) - set(counts)
    for point, (bad, trials) in counts.items():
        search.bad[point], search.good[point] = bad, trials - bad
    return Decision(search, sets, counts, search.answer())
