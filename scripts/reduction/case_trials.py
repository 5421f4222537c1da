"""Trials of cases: run several at a time, kept on disk, and never run twice."""

from __future__ import annotations

import statistics
from collections import Counter
from concurrent.futures import Future
from pathlib import Path

from scripts.analysis import signals
from scripts.domain.problems import MeasurementProblem
from scripts.domain.trial import Place, Target, Trial
from scripts.reduction import oracle
from scripts.reduction.case_files import CaseFiles
from scripts.reduction.client_files import ClientFiles
from scripts.reduction.lattice import ORIGINAL, Coordinates
from scripts.reduction.ledger import Ask, Side
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


class CaseTrials:
    """The trials of a reduction, those that an earlier run left first.

    Args:
        task: what is reduced.
        folder: the reduction's.
        lanes: where they run.

    Attributes:
        count: number of the last trial.
    """

    def __init__(self, task: Task, folder: Path, lanes: Lanes) -> None:
        self.task = task
        self.folder = folder
        self.count = 0
        self._lanes = lanes
        self._files = ClientFiles(task, folder) if task.client else CaseFiles(task, folder)
        self._signal = signals.parse(task.signal)
        self._trials: dict[Target, list[Trial]] = {}
        self._answered: Counter[Target] = Counter()
        stored = store.without_disturbed(folder)
        for trial in sorted(stored, key=lambda trial: trial.place.order):
            self._trials.setdefault(trial.target, []).append(trial)
            self.count = trial.place.order

    def answer(self, ask: Ask) -> list[bool | None]:
        """For each trial asked for, whether it failed: stored ones first, then new ones.

        None stands for one that says nothing.

        Raises:
            Stopped: whatever started this is gone; what was finished is on disk.
            MeasurementProblem: no environment can be had, or a trial cannot be written.
        """
        target = self._files.target(ask.point, ask.side)
        if target is None:
            return [None] * ask.count
        start = self._answered[target]
        end = start + ask.count
        self._answered[target] = end
        trials = self._trials.setdefault(target, [])
        missing = ask.count - len(trials[start:])
        trials += self._lanes.results([self._start(target, ask.point) for _ in range(missing)])
        trials.sort(key=lambda trial: trial.place.order)
        cause = self.cause()
        return [oracle.shows(trial, ask.side, self._signal, cause) for trial in trials[start:end]]

    def cause(self) -> str | None:
        """The cause that smaller cases must keep."""
        return oracle.kept_cause(self._trials.get(self.task.bad, ()), self._signal)

    def seconds(self, point: Coordinates, side: Side) -> float:
        """What a trial of a case takes, at the median; what starting takes, where none is known."""
        target = self._files.target(point, side)
        trials = self._trials.get(target, ()) if target is not None else ()
        walls = [trial.client.wall or 0.0 for trial in trials]
        return (statistics.median(walls) if walls else 0.0) + CASE_STARTING

    def _start(self, target: Target, point: Coordinates) -> Future[Trial]:
        """Start a trial of a case."""
        self.count += 1
        place = Place(self.folder.name, self.count, 1, self._lanes.count)
        load, deadline = self.task.load, None
        if point != ORIGINAL:
            load, deadline = self._files.load(point), self._deadline()
        # What is left of somebody's script may end before it does anything.
        accept = possible if self.task.client and point != ORIGINAL else telling
        return self._lanes.start(Job(target, load, place, deadline), self.folder, accept)

    def _deadline(self) -> float:
        """Seconds that a trial of a case may take."""
        if not self.task.client:
            return CASE_DEADLINE
        # What is left of somebody's script may wait for what is gone, for ever.
        return PATIENCE * (CASE_STARTING + self.seconds(ORIGINAL, "bad"))


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
