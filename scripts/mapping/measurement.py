"""Runs the trials that an atlas asks for, until its maps are told or its time is up."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from scripts.domain.trial import Trial
from scripts.mapping.exploration import Exploration, MapStep
from scripts.trials.runners import Runner
from scripts.trials.series import Round, Series


class MapWatcher(Protocol):
    """Who is told of every trial."""

    def running(self, steps: Collection[MapStep]) -> AbstractContextManager[None]:
        """These trials run for as long as this lasts."""

    def done(self, step: MapStep, trial: Trial) -> None:
        """A trial is done."""


def measure(
    exploration: Exploration, folder: Path, runner: Runner, watcher: MapWatcher, lanes: int = 1
) -> Exploration:
    """Go on with an atlas until no more is wanted, or its budget is used up.

    Args:
        exploration: without any trials.
        folder: the atlas', with the trials that earlier runs left.
        runner: where trials run.
        watcher: told of every trial.
        lanes: trials that run at a time on this machine.

    Raises:
        Stopped: interrupted; what was finished is on disk.
        UsageProblem: a stored trial is damaged, or another process runs it.
        MeasurementProblem: a trial could not be written.
    """
    atlas = exploration.atlas
    until = time.monotonic() + atlas.budget
    with Series(folder, runner, atlas.deadline, lanes=lanes) as series:
        exploration.replay(series.trials)
        for step, (trial,) in series.pursued(exploration.next, _round, watcher.running, until):
            exploration.take(step.target, step.corner, trial)
            watcher.done(step, trial)
    return exploration


def _round(step: MapStep) -> Round:
    return Round(step.round, [step.target], step.load)
