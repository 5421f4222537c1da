"""Whether a signal shows at one point, from one trial after another. Pure."""

from __future__ import annotations

from scripts.analysis.readings import Record, untestable
from scripts.analysis.signals import SKIP

GOOD, BAD = 0, 1
"""Exit statuses of git bisect's contract, beside `SKIP`."""


class Check:
    """The trials of one target, judged as a search judges those of a point.

    Args:
        trials: how many good ones make it good; one bad one makes it bad.
    """

    def __init__(self, trials: int) -> None:
        self.trials = trials
        self.records: list[Record] = []

    def take(self, record: Record) -> None:
        """Take in a trial with what it says."""
        self.records.append(record)

    @property
    def missing(self) -> int:
        """How many more good ones would make it good; at least one."""
        good = sum(record.reading.bad is False for record in self.records)
        return max(1, self.trials - good)

    @property
    def status(self) -> int | None:
        """The exit status; None where another trial is to be run."""
        verdicts = [record.reading.bad for record in self.records]
        if True in verdicts:
            return BAD
        if verdicts.count(False) >= self.trials:
            return GOOD
        return SKIP if untestable(self.records) else None
