"""Trials of cases: run several at a time, kept on disk, and never run twice."""

from __future__ import annotations

import statistics
from collections.abc import Collection
from concurrent.futures import Future
from pathlib import Path

from scripts.analysis import signals
from scripts.domain.problems import MeasurementProblem
from scripts.domain.trial import Place, Target, Trial
from scripts.reduction import oracle
from scripts.reduction.case_files import CaseFiles
from scripts.reduction.client_files import ClientFiles
from scripts.reduction.lattice import ORIGINAL, Coordinates
from scripts.reduction.ledger import Ask, Case, Side
from scripts.reduction.numbering import Queues
from scripts.reduction.task import Task
from scripts.trials import store
from scripts.trials.job import Job
from scripts.trials.lanes import Lanes

CASE_DEADLINE = 30.0
"""Seconds that a trial of a reduced case may take."""

PATIENCE = 4.0
"""How many times as long as the original a form of it may take."""

CASE_STARTING = 0.5
"""Seconds that a reduced case takes to start, about."""


class CaseTrials(Queues[Trial]):
    """The trials of a reduction, those that an earlier run left first.

    Args:
        task: what is reduced.
        folder: the reduction's.
        lanes: where they run.

    Attributes:
        count: number of the last trial of all.
    """

    def __init__(self, task: Task, folder: Path, lanes: Lanes) -> None:
        super().__init__()
        self.task = task
        self.folder = folder
        self.count = 0
        self._lanes = lanes
        self._files = ClientFiles(task, folder) if task.client else CaseFiles(task, folder)
        self._signal = signals.parse(task.signal)
        self._targets: dict[Case, Target | None] = {}
        self._said: dict[tuple[int, Side, str | None], bool | None] = {}
        self._cause: tuple[int, str | None] = (0, None)
        stored = store.without_disturbed(folder)
        for trial in sorted(stored, key=lambda trial: trial.place.order):
            # Of earlier releases all have the number 1, and follow each other.
            self._queues[trial.target].keep(trial, trial.place.round - 1)
            self.count = trial.place.order

    def queue(self, ask: Ask) -> Target | None:
        """Which queue answers this: that of what it runs."""
        return self._target(ask.point, ask.side)

    def verdict(self, ask: Ask, result: Trial) -> bool | None:
        """Whether a trial failed; None where it says nothing."""
        cause = self.cause()
        key = (result.place.order, ask.side, cause)
        if key not in self._said:
            self._said[key] = oracle.shows(result, ask.side, self._signal, cause)
        return self._said[key]

    def cause(self) -> str | None:
        """The cause that smaller cases must keep: that of the original's trials that answered."""
        originals = self._queues[self.task.bad]
        if self._cause[0] != originals.answered:
            cause = oracle.kept_cause(originals.answers(), self._signal)
            self._cause = (originals.answered, cause)
        return self._cause[1]

    def seconds(self, point: Coordinates, side: Side) -> float:
        """What a trial of a case takes, at the median of those that answered; what starting takes,
        where none did."""
        target = self._target(point, side)
        return _seconds(() if target is None else self._queues[target].answers())

    def _target(self, point: Coordinates, side: Side) -> Target | None:
        """What a trial of a case runs; None where that is no program."""
        case = (point, side)
        if case not in self._targets:
            self._targets[case] = self._files.target(point, side)
        return self._targets[case]

    def _started(self, ask: Ask, number: int) -> Future[Trial]:
        """Start a trial of a case."""
        target = self.queue(ask)
        if target is None:
            raise ValueError(ask)
        self.count += 1
        place = Place(self.folder.name, self.count, number + 1, self._lanes.beside)
        load, deadline = self.task.load, None
        if ask.point != ORIGINAL:
            self._files.write(ask.point)
            load, deadline = self._files.load(ask.point), self._deadline()
        # What is left of somebody's script may end before it does anything.
        accept = possible if self.task.client and ask.point != ORIGINAL else telling
        return self._lanes.start(Job(target, load, place, deadline), self.folder, accept)

    def _deadline(self) -> float | None:
        """Seconds that a trial of a case may take; None for those of its load."""
        if not self.task.client:
            return CASE_DEADLINE
        # What is left of somebody's script may wait for what is gone, for ever.
        originals = self._queues[self.task.bad].over.values()
        return PATIENCE * (CASE_STARTING + _seconds(originals)) if originals else None


def _seconds(trials: Collection[Trial]) -> float:
    """What trials take at the median, start included."""
    walls = [trial.client.wall or 0.0 for trial in trials]
    return (statistics.median(walls) if walls else 0.0) + CASE_STARTING


def telling(trial: Trial) -> None:
    """Make sure that a trial says something: one that does not ends the reduction.

    Raises:
        MeasurementProblem: it could not run.
    """
    possible(trial)
    if trial.outcome == "script-failed":
        raise MeasurementProblem(f"{trial.target.name}: {trial.detail}.")


def possible(trial: Trial) -> None:
    """Make sure that a trial could run, whatever it says.

    Raises:
        MeasurementProblem: it could not.
    """
    if trial.outcome in ("unavailable", "server-not-ready"):
        raise MeasurementProblem(f"{trial.target.name}: {trial.detail}.")
