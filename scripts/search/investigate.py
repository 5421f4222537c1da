"""Runs the trials that a search asks for, until it is answered or its time is up."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from scripts.analysis import signals
from scripts.analysis.readings import Reading, Sighting
from scripts.domain.trial import Load, Target, Trial
from scripts.search.question import Point
from scripts.search.sighted import sightable, sighted
from scripts.search.step import Reason, Step
from scripts.search.tally import Tally
from scripts.trials import store
from scripts.trials.extracts import Progress
from scripts.trials.runners import Runner
from scripts.trials.series import Round, Series


class Sought(Protocol):
    """What is asked: a question about a row of points, or a contrast of two environments."""

    @property
    def points(self) -> Sequence[Point]:
        """The good end first, the bad one last."""

    @property
    def signal(self) -> str:
        """What bad means, as the user wrote it."""

    @property
    def load(self) -> Load:
        """Under which load."""

    @property
    def control(self) -> Target | None:
        """What each trial is judged beside; None where the signal needs none."""

    @property
    def budget(self) -> float | None:
        """Seconds; None for no limit."""

    @property
    def deadline(self) -> float | None:
        """Seconds each client may take; None for the load's own."""


class Searching(Protocol):
    """What asks for trials: a bisection, a history, or a difference."""

    @property
    def question(self) -> Sought:
        """What is asked."""

    @property
    def tally(self) -> Tally:
        """The trials so far."""

    def next(self, under_way: Sequence[Step] = ()) -> Step | None:
        """The next trial to run, beside those that run already; None when there is none: now,
        where some run, or at all.
        """

    def soon(self, step: Step) -> list[Target]:
        """Targets that are likely to be tried after a step."""

    def take(
        self, step: Step, trial: Trial | Sighting, control: Trial | Sighting | None
    ) -> Reading:
        """Take in a trial; returns what it says."""


class SearchWatcher(Protocol):
    """Who is told of every trial."""

    def reading(self) -> AbstractContextManager[Progress]:
        """Earlier trials are read for as long as this lasts; it is told how far that is."""

    def choosing(self) -> AbstractContextManager[None]:
        """The next trial is chosen for as long as this lasts."""

    def running(self, steps: Collection[Step]) -> AbstractContextManager[None]:
        """The trials of these steps run for as long as this lasts."""

    def done(self, step: Step, reading: Reading, trial: Trial) -> None:
        """A step's trial is done, and says this."""


AnySearch = TypeVar("AnySearch", bound=Searching)


def investigate(
    search: AnySearch,
    folder: Path,
    runner: Runner,
    watcher: SearchWatcher,
    began: float | None = None,
    lanes: int = 1,
) -> AnySearch:
    """Go on with a question until it is answered, or its budget or its trials are used up.

    Args:
        search: without any trials.
        folder: the question's, with the trials that earlier runs left.
        runner: where trials run.
        watcher: told of every trial.
        began: since when its budget counts, on the monotonic clock; now where none is given.
        lanes: trials that run at a time on this machine.

    Raises:
        Stopped: interrupted; what was finished is on disk.
        UsageProblem: the question or a stored trial is damaged.
        MeasurementProblem: a trial could not be written.
    """
    question = search.question
    began = time.monotonic() if began is None else began
    until = None if question.budget is None else began + question.budget
    sought = signals.parse(question.signal)
    known: list[Trial | Sighting] = []
    beside = [] if question.control is None else [question.control]

    def read(folder: Path) -> list[Trial | Sighting]:
        """What the search takes of the trials that its folder has."""
        with watcher.reading() as progress:
            whole = store.without_disturbed(folder)
            known.extend(sighted(folder, sought, progress) if sightable(sought) else whole)
        return known

    with Series(folder, runner, question.deadline, lanes=lanes, known=read) as series:
        series.prepare([question.points[-1].target, question.points[0].target, *beside])
        replayed(search, known)

        def choose(under_way: list[Step]) -> Step | None:
            return _chosen(search, series, under_way, watcher)

        def asked(step: Step) -> Round:
            return Round(step.round, [*beside, step.target], question.load)

        for step, (*measured, trial) in series.pursued(choose, asked, watcher.running, until):
            reading = search.take(step, trial, measured[0] if measured else None)
            watcher.done(step, reading, trial)
    return search


def _chosen(
    search: Searching, series: Series, under_way: Sequence[Step], watcher: SearchWatcher
) -> Step | None:
    """The next trial to run, for which the series is made ready; None where there is none now."""
    with watcher.choosing():
        step = search.next(under_way)
        if step is not None:
            if search.question.deadline is None:
                series.deadline = search.tally.deadline
            series.prepare(search.soon(step))
        return step


def replayed(search: AnySearch, trials: Iterable[Trial | Sighting]) -> AnySearch:
    """A search with the trials that a series has of it; runs nothing.

    What was run is taken in as it was, whether or not the search would ask for the same today.

    Args:
        search: without any trials.
        trials: the series'.
    """
    control = search.question.control
    rounds: dict[tuple[int, str], list[Trial | Sighting]] = {}
    for trial in sorted(trials, key=lambda trial: trial.place.order):
        # What two hosts ran of one round, of which one was lost, is not compared.
        rounds.setdefault((trial.place.round, trial.host.name), []).append(trial)
    for (number, _), beside in sorted(rounds.items()):
        measure = next((trial for trial in beside if trial.target == control), None)
        for trial in beside:
            # A control alone is what an interrupted round leaves: the next one goes on from it.
            if trial.target != control and (measure is not None or control is None):
                search.take(Step(number, trial.target, Reason("stored")), trial, measure)
    return search
