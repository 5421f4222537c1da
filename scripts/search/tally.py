"""The trials of a search so far, counted by point. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

import msgspec

from scripts.analysis import readings
from scripts.analysis.readings import Ended, Reading, Record, Sighting, Silent, untestable
from scripts.analysis.signals import Signal
from scripts.domain.trial import Target, Trial
from scripts.search.question import Point
from scripts.trials.campaign import STARTING

LONGER = 10
"""How many times the longest of the clients that end one takes that hangs."""

LEAST = 5.0
"""Seconds that every client has, however quickly the others end."""


class BadEnd(msgspec.Struct, frozen=True):
    """One way in which bad trials ended.

    Attributes:
        exit_status: of the client, negative for a signal; None for one that left none.
        exception: behind it; empty where none is known.
        trials: how many ended so.
        points: names of the points they were of, in the order of the search.
    """

    exit_status: int | None
    exception: str
    trials: int
    points: list[str]


class Tally:
    """What the trials of a row of points say about a signal.

    Args:
        points: the row.
        signal: what is looked for.

    Attributes:
        records: every trial taken in, in order; those of targets that are no point among them.
        place: index of each point, by its target.
    """

    def __init__(self, points: Sequence[Point], signal: Signal) -> None:
        self.points = points
        self.signal = signal
        self.records: list[Record] = []
        self.place = {point.target: index for index, point in enumerate(points)}
        self._by_target: dict[Target, list[Record]] = {}
        self._last = 0
        self._untestable: dict[int, tuple[int, bool]] = {}

    def take(
        self, target: Target, trial: Trial | Sighting, control: Trial | Sighting | None
    ) -> Record:
        """Take in a trial, with its control where it has one; returns it with what it says."""
        record = Record(target, trial, control, readings.reading_of(self.signal, trial, control))
        self.records.append(record)
        self._last = max(self._last, trial.place.round)
        self._by_target.setdefault(target, []).append(record)
        return record

    def reread(self, signal: Signal) -> None:
        """Read every trial again, for another signal."""
        self.signal = signal
        self._untestable = {}
        for record in self.records:
            record.reading = readings.reading_of(signal, record.trial, record.control)

    def of(self, target: Target) -> Sequence[Record]:
        """The trials of one target, in order."""
        return self._by_target.get(target, ())

    def at(self, point: int) -> Sequence[Record]:
        """The trials of one point, in order."""
        return self.of(self.points[point].target)

    def readings(self, point: int) -> list[Reading]:
        """What the trials of a point said, without those that said nothing at all."""
        return [record.reading for record in self.at(point) if not record.reading.silent]

    def values(self, point: int) -> list[float]:
        """What the trials of a point were judged by, where that is a number."""
        return [
            record.reading.value for record in self.at(point) if record.reading.value is not None
        ]

    def verdicts(self, point: int) -> list[bool]:
        """Whether each judged trial of a point is bad."""
        return [record.reading.bad for record in self.at(point) if record.reading.bad is not None]

    def count(self, point: int) -> tuple[int, int]:
        """How many trials of a point were bad, and how many were judged."""
        verdicts = self.verdicts(point)
        return sum(verdicts), len(verdicts)

    def scarcer(self, good: int, bad: int, awaited: Sequence[int] = ()) -> tuple[int, int]:
        """The end of fewer trials, and how many it has; of equals the bad one, which tells most.

        Args:
            good, bad: indices of the two ends.
            awaited: the point of each trial that runs, which counts too.
        """
        ends = (bad, good)
        if self.signal.kind == "hang":
            ends = ends[::-1]  # how long the good end takes is what a hang is told by
        counts = {end: len(self.readings(end)) + awaited.count(end) for end in ends}
        scarcer = min(ends, key=lambda end: counts[end])
        return scarcer, counts[scarcer]

    def inverted(self, good: int, bad: int) -> bool:
        """Whether the end that was taken for good is bad more often than the other.

        Args:
            good, bad: indices of the two ends.
        """
        low, high = self.count(good), self.count(bad)
        return low[0] * high[1] > high[0] * low[1]

    def instead(self, point: int) -> dict[str, int]:
        """What the trials of a point showed that is not the signal, by name, with how many did."""
        return dict(Counter(name for record in self.at(point) for name in _otherwise(record)))

    def bad_ends(self) -> list[BadEnd]:
        """How bad trials ended, the most frequent way first, where any status but 0 is sought."""
        if self.signal.kind != "exit" or self.signal.status is not None:
            return []
        ways: dict[tuple[int | None, str], list[str]] = {}
        for index, point in enumerate(self.points):
            for record in self.at(index):
                basis = record.reading.basis
                if record.reading.bad and isinstance(basis, Ended):
                    ways.setdefault((basis.exit_status, basis.exception), []).append(point.name)
        ends = [
            BadEnd(status, exception, len(names), list(dict.fromkeys(names)))
            for (status, exception), names in ways.items()
        ]
        return sorted(ends, key=lambda end: -end.trials)

    def untestable(self, point: int) -> bool:
        """Whether a point is given up: too many of its trials said nothing."""
        records = self.at(point)
        known = self._untestable.get(point)
        if known is None or known[0] != len(records):
            known = self._untestable[point] = (len(records), untestable(records))
        return known[1]

    @property
    def unjudged(self) -> list[Target]:
        """The target of each trial that was measured, while what is too much is not set."""
        return [record.target for record in self.records if record.reading.verdict == "measured"]

    @property
    def judged(self) -> int:
        """How many trials were judged, of whatever target."""
        return sum(record.reading.bad is not None for record in self.records)

    @property
    def measured(self) -> int:
        """How many trials were judged by a number, or may yet be."""
        return sum(record.reading.value is not None for record in self.records)

    @property
    def otherwise(self) -> dict[str, int]:
        """Failures that are not the signal, by name, with how many trials showed them."""
        return dict(Counter(name for record in self.records for name in record.reading.other))

    @property
    def following(self) -> int:
        """The number of the round after those that were run."""
        return 1 + max(len(self.records), self._last)

    @property
    def deadline(self) -> float | None:
        """Seconds after which a client hangs, where a hang is sought: by how long those take that
        end. None where none has ended, or something else is sought.
        """
        if self.signal.kind != "hang":
            return None
        walls = [
            record.trial.client.wall
            for record in self.records
            if record.reading.bad is False and record.trial.client.wall is not None
        ]
        return max(LEAST, LONGER * max(walls)) if walls else None

    @property
    def costs(self) -> list[float]:
        """Seconds that a trial of each point takes with its control: as its own took, else as all
        did.
        """
        usual = self.usual_cost
        return [self.cost_of(point.target) or usual for point in self.points]

    def cost_of(self, target: Target) -> float | None:
        """Seconds that a trial of a target takes with its control, as its own took; None before
        the first of them.
        """
        seconds = [_seconds(record) for record in self.of(target)]
        return statistics.median(seconds) if seconds else None

    @property
    def usual_cost(self) -> float:
        """Seconds that a trial of any target takes with its control."""
        return statistics.median([_seconds(record) for record in self.records] or [STARTING])


def _otherwise(record: Record) -> tuple[str, ...]:
    """What a trial showed that is not the signal, by name."""
    reading = record.reading
    if isinstance(reading.basis, Silent) and not reading.other:
        measured = reading.basis.reason != "not measured"
        return (reading.basis.reason if measured else record.trial.outcome,)
    return reading.other


def _seconds(record: Record) -> float:
    """How long a trial took with its control."""
    control = record.control.client.wall if record.control is not None else None
    return (record.trial.client.wall or 0.0) + (control or 0.0) + STARTING
