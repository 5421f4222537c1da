"""Runs of a case's finished script alone, each in a fresh process: those that confirm it, and all
of a script that measures."""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from pathlib import Path

import msgspec

from scripts.domain.hashes import digest
from scripts.domain.paths import shown
from scripts.domain.problems import UsageProblem
from scripts.reduction import oracle
from scripts.reduction.case_trials import CASE_DEADLINE, CASE_STARTING
from scripts.reduction.cost import MEASURING
from scripts.reduction.lattice import Coordinates
from scripts.reduction.ledger import Ask, Side
from scripts.reduction.numbering import Queues
from scripts.reduction.task import CONFIRMED, Task, write
from scripts.trials import store
from scripts.trials.lanes import Lanes, mapped
from scripts.trials.script_run import ScriptEnd, ScriptJob


class Run(msgspec.Struct, frozen=True):
    """A run of a finished script.

    Attributes:
        point, side: of which case, on which side.
        status: its exit status.
        seconds: what it took, start included.
        script: hash of its text.
        day: of the run (YYYY-MM-DD).
        number: among the runs of this script on this side, from 1; 0 of one that was stored before
            that was noted.
        host: name of the host that it ran on; empty where it was not noted.
    """

    point: Coordinates
    side: Side
    status: int
    seconds: float
    script: str = ""
    day: str = ""
    number: int = 0
    host: str = ""

    @property
    def shows(self) -> bool | None:
        """Whether it shows the failure; None where its status says nothing."""
        return oracle.script_shows(self.status)


Text = Callable[[Coordinates, Side], str]
"""A case's finished script as a side has it."""


class ConfirmingRuns(Queues[Run]):
    """The runs of a reduction's finished scripts, those that an earlier run left first.

    Args:
        task: what is reduced.
        folder: the reduction's.
        lanes: where they run, several at a time.
        text: what they run.
    """

    def __init__(self, task: Task, folder: Path, lanes: Lanes, text: Text) -> None:
        super().__init__()
        self.task = task
        self.folder = folder
        self._lanes = lanes
        self._text = text
        self._path = folder / CONFIRMED
        self._runs: list[Run] = stored(self._path)
        for run in self._runs:
            self._queues[run.point, run.side, run.script].keep(run, run.number - 1)

    def queue(self, ask: Ask) -> Hashable:
        """Which queue answers this: that of this very script."""
        return ask.point, ask.side, digest(self._text(ask.point, ask.side))

    def verdict(self, ask: Ask, result: Run) -> bool | None:  # noqa: ARG002
        """Whether a run failed; None where it says nothing."""
        return result.shows

    def collect(self) -> list[Run]:
        """Take in the runs that ended since the last time, and write them down.

        Raises:
            MeasurementProblem: they cannot be written.
        """
        new = super().collect()
        if new:
            self._runs += new
            write(self.folder, self._path, msgspec.json.encode(self._runs) + b"\n")
        return new

    def answered(self, point: Coordinates, side: Side) -> list[Run]:
        """The runs of a case on a side that answered."""
        key = self.queue(Ask(point, side, 0, "", final=True))
        return self._queues[key].answers()

    def seconds(self, point: Coordinates, side: Side) -> float:
        """What a run of a case takes, at the median of those that answered; what starting takes,
        where none did."""
        answered = self.answered(point, side)
        return statistics.median(run.seconds for run in answered) if answered else CASE_STARTING

    def _started(self, ask: Ask, number: int) -> Future[Run]:
        """Start a run of a case's finished script."""
        text, target = self._text(ask.point, ask.side), self.task.target(ask.side)
        most = 2 * (CASE_DEADLINE if self.task.cost is None else MEASURING)
        job = ScriptJob(text, target.python, target.held, most, self.folder)
        started = self._lanes.script(job)
        return mapped(started, lambda end: _run(ask, text, number, end))


def _run(ask: Ask, text: str, number: int, end: ScriptEnd) -> Run:
    """A run that is done."""
    return Run(
        ask.point, ask.side, end.status, end.seconds, digest(text), today(), number + 1, end.host
    )


def stored(path: Path) -> list[Run]:
    """The confirming runs in a file; none where there is no such file.

    Raises:
        UsageProblem: it is damaged.
    """
    if not path.exists():
        return []
    try:
        return store.decoded(path.read_bytes(), list[Run])
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageProblem(f"{shown(path)} is damaged ({error}).") from error


def today() -> str:
    """The day, for the script's docstring (YYYY-MM-DD)."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()
