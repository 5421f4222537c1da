"""Many trials: their order, how many run at a time, and how an interrupted campaign goes on.

A campaign is a folder with its plan and one file for each finished trial. What is on disk is
all its state: to resume is to run what the plan has and the folder lacks.
"""

from __future__ import annotations

import math
import os
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple, Protocol

import msgspec

from scripts.domain.paths import shown
from scripts.domain.problems import UsageProblem
from scripts.domain.surveys import SURVEY_FILE, SURVEY_SCHEMA, Survey
from scripts.domain.trial import Load, Place, Target, Trial
from scripts.trials import store
from scripts.trials.job import Job
from scripts.trials.lanes import Lanes
from scripts.trials.lock import alone
from scripts.trials.runners import Runner

PLAN_SCHEMA = 1
"""Version of the layout of a campaign's plan."""

MOST_LANES = 64
"""Trials that may run at a time."""

BUILDERS = 2
"""Environments built at a time."""

STARTING = 1.5
"""Seconds that a trial's server and client take to start, about."""


class Planned(msgspec.Struct, frozen=True):
    """One trial to be run."""

    order: int
    round: int
    target: Target
    load: Load


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign consists of, as stored in its folder.

    Attributes:
        name: of the campaign and of its folder.
        created: UTC, ISO 8601.
        lanes: how many trials run at a time.
        deadline: seconds each client may take; None for the load's own.
        trials: in the order they are meant to start.
        numbered: whether each request carries a number, see `Job`.
        newest: the releases that "newest" stood for when the campaign was laid out, by package.
    """

    schema: int = PLAN_SCHEMA
    name: str
    created: str
    lanes: int
    deadline: float | None
    trials: list[Planned]
    numbered: bool = False
    newest: dict[str, str] = {}

    def check(self) -> None:
        """Make sure that it can be run: a file may say anything.

        Raises:
            ValueError: it cannot.
        """
        orders = [planned.order for planned in self.trials]
        if not orders or min(orders) < 1 or len(set(orders)) < len(orders):
            raise ValueError("its trials are none, or not each of an order of its own from 1 on")
        if not 1 <= self.lanes <= MOST_LANES:
            raise ValueError(f"{self.lanes} trials at a time")
        if self.deadline is not None and not 0 < self.deadline < math.inf:
            raise ValueError(f"a deadline of {self.deadline} s")

    def job(self, planned: Planned, beside: int) -> Job:
        """One of its trials, as it is run.

        Args:
            planned: which.
            beside: how many run at a time on its host.
        """
        place = Place(self.name, planned.order, planned.round, beside)
        return Job(planned.target, planned.load, place, self.deadline, numbered=self.numbered)


class Watcher(Protocol):
    """Whoever wants to see a campaign go on; called from one thread only."""

    def started(self, planned: Planned) -> None:
        """A trial begins."""

    def finished(self, planned: Planned, trial: Trial) -> None:
        """A trial is done and its file is written."""


def plan(
    entries: Sequence[tuple[Target, Load]], rounds: int, lanes: int, deadline: float | None = None
) -> Plan:
    """Lay out a campaign: every round holds every entry once, in an order of its own.

    Shuffling within rounds spreads a slow minute of the machine over all targets, and no
    target always follows the same other one.
    """
    name, created = store.named_now()
    trials: list[Planned] = []
    for number in range(1, rounds + 1):
        shuffled = list(entries)
        random.Random(f"{name} {number}").shuffle(shuffled)  # noqa: S311
        for target, load in shuffled:
            trials.append(Planned(len(trials) + 1, number, target, load))
    return Plan(name=name, created=created, lanes=lanes, deadline=deadline, trials=trials)


def create(plan: Plan, place: Path | None = None) -> Path:
    """Make a campaign's folder and write its plan there.

    Raises:
        MeasurementProblem: the folder cannot be written.
    """
    return store.create_folder(plan, store.PLAN, place)


def load_plan(folder: Path) -> Plan:
    """Read a campaign's plan.

    Raises:
        UsageProblem: the folder is no campaign of this schema.
    """
    read = store.read_purpose(folder, store.PLAN, Plan, "campaign", PLAN_SCHEMA)
    try:
        read.check()
    except ValueError as error:
        raise UsageProblem(f"{shown(folder / store.PLAN)} is damaged ({error}).") from error
    # Thousands of rounds run the same few targets: each is held once.
    targets: dict[Target, Target] = {}
    loads: dict[Load, Load] = {}
    for number, planned in enumerate(read.trials):
        target = targets.setdefault(planned.target, planned.target)
        load = loads.setdefault(planned.load, planned.load)
        read.trials[number] = Planned(planned.order, planned.round, target, load)
    return read


def load_survey(folder: Path) -> Survey:
    """Read the survey that a campaign is.

    Raises:
        UsageProblem: it is none of this schema.
    """
    return store.read_purpose(folder, SURVEY_FILE, Survey, "survey", SURVEY_SCHEMA)


class Past(NamedTuple):
    """A finished trial, as far as what is still to run depends on it: its place, what it ran under
    what load, its wall seconds, and whether it fails or measured nothing.
    """

    order: int
    target: Target
    load: Load
    wall: float
    failing: bool = False


def past(trial: Trial) -> Past:
    """A finished trial, as far as what is still to run depends on it."""
    failing = trial.measured and trial.failing
    return Past(trial.place.order, trial.target, trial.load, trial.client.wall or 0.0, failing)


def run(folder: Path, runner: Runner, watcher: Watcher) -> list[Trial]:
    """Run what a campaign still lacks.

    Args:
        folder: the campaign's, with its plan.
        runner: where trials run.
        watcher: told of every start and finish.

    Returns:
        All the campaign's trials, in order.

    Raises:
        Stopped, MeasurementProblem, UsageProblem: as `go_on`.
    """
    go_on(folder, runner, watcher)
    return sorted(store.trials(folder), key=lambda trial: trial.place.order)


def _read(folder: Path) -> Iterable[Past]:
    return map(past, store.without_disturbed(folder))


Begins = Callable[[float], bool]
"""Whether a further round is begun that is likely to take so many seconds."""


def go_on(
    folder: Path,
    runner: Runner,
    watcher: Watcher,
    finished: Callable[[Path], Iterable[Past]] = _read,
    begins: Begins | None = None,
) -> bool:
    """Run what a campaign still lacks; what its trials say is read from its folder.

    Args:
        folder, runner, watcher: as `run`.
        finished: reads what a folder has; those that somebody disturbed are not among them.
        begins: is asked before each round but the first that is run here, once a trial is finished;
            where it says no, the campaign ends with those that were begun. None for all.

    Returns:
        Whether nothing is left to run.

    Raises:
        Stopped: interrupted; what was finished is on disk and nothing is left running.
        MeasurementProblem: a trial could not be written.
        UsageProblem: the plan or a stored trial is damaged, or another process runs it.
    """
    plan = load_plan(folder)
    with alone(folder):
        return _run(plan, folder, runner, watcher, Schedule(plan, finished(folder)), begins)


def _run(
    plan: Plan,
    folder: Path,
    runner: Runner,
    watcher: Watcher,
    pace: Schedule,
    begins: Begins | None,
) -> bool:
    """Run what a campaign lacks, all alone; whether nothing is left to run."""
    pending = {planned.order: planned for planned in plan.trials if planned.order not in pace.done}
    told: SimpleQueue[tuple[Planned, Trial | None]] = SimpleQueue()
    running: set[Future[list[Trial]]] = set()
    begun, whole = next((planned.round for planned in pending.values()), 0), True
    with Lanes(runner, plan.lanes, BUILDERS) as lanes:
        lanes.prepare(planned.target for planned in pending.values())
        while pending or running:
            while pending and len(running) < lanes.count:
                number = next(iter(pending.values())).round
                if number > begun and begins is not None:
                    if not pace.done:
                        break  # how long a round takes is not known yet
                    at_a_time = 1 if runner.scattered else lanes.count
                    if not begins(pace.round_time(plan, number) / at_a_time):
                        pending, whole = {}, False
                        break
                begun = number
                share = _next_share(plan, pending, pace, runner.scattered)
                running.add(_started(plan, share, lanes, folder, told.put))
            over = lanes.finished(running)
            while not told.empty():
                planned, trial = told.get()
                if trial is None:
                    watcher.started(planned)
                else:
                    pace.take(past(trial))
                    watcher.finished(planned, trial)
            for future in over:
                running.remove(future)
                future.result()
    return whole


def _next_share(
    plan: Plan, pending: dict[int, Planned], pace: Schedule, scattered: bool
) -> list[Planned]:
    """What one host runs next, one after the other, taken from what is pending.

    Args:
        plan: of the campaign.
        pending: its trials that nobody runs yet, at least one.
        pace: how long they take.
        scattered: whether there are several hosts: what is compared with each other runs on one.
    """
    if scattered:
        number = next(iter(pending.values())).round
        share = [planned for planned in pending.values() if planned.round == number]
    else:
        share = [next_planned(plan, pending, pace)]
    for planned in share:
        del pending[planned.order]
    return share


def _started(
    plan: Plan,
    share: Sequence[Planned],
    lanes: Lanes,
    folder: Path,
    tell: Callable[[tuple[Planned, Trial | None]], None],
) -> Future[list[Trial]]:
    """Run a share in a lane; on another host goes on what was not run where one is lost.

    Args:
        plan: of the campaign.
        share: what is to be run.
        lanes: where it runs.
        folder: the campaign's.
        tell: is told in the lane of each that begins, and of each with its trial when it is done.
    """
    by_order = {planned.order: planned for planned in share}

    def jobs(host: str) -> Iterator[Job]:  # noqa: ARG001 - whichever it is
        for planned in [*by_order.values()]:
            tell((planned, None))
            yield plan.job(planned, lanes.beside)

    def over(trial: Trial) -> None:
        tell((by_order.pop(trial.place.order), trial))

    return lanes.together(jobs, folder, over)


def next_planned(plan: Plan, pending: Mapping[int, Planned], pace: Schedule) -> Planned:
    """The next trial: in order, but the last round starts with what takes longest.

    With several lanes a long trial at the very end would leave the others idle.
    """
    first = next(iter(pending.values()))
    if first.round < plan.trials[-1].round:
        return first
    expected = pace.typical()
    return max(
        pending.values(), key=lambda planned: expected.get((planned.target, planned.load), 0.0)
    )


class Schedule:
    """How long a campaign's trials take.

    Args:
        plan: of the campaign.
        finished: its trials so far.

    Attributes:
        done: the places of those that are finished.
    """

    def __init__(self, plan: Plan, finished: Iterable[Past]) -> None:
        self.done: set[int] = set()
        self._lanes = plan.lanes
        self._left = Counter((planned.target, planned.load) for planned in plan.trials)
        self._walls: dict[tuple[Target, Load], list[float]] = {}
        self._typical: dict[tuple[Target, Load], float] = {}
        for one in finished:
            self.take(one)

    def take(self, one: Past) -> None:
        """Take in a finished trial."""
        judged = (one.target, one.load)
        self.done.add(one.order)
        self._left[judged] -= 1
        self._walls.setdefault(judged, []).append(one.wall)
        self._typical.pop(judged, None)

    def typical(self) -> dict[tuple[Target, Load], float]:
        """Median wall seconds of the finished trials, by target and load."""
        for judged, walls in self._walls.items():
            if judged not in self._typical:  # the others are as they were
                self._typical[judged] = statistics.median(walls)
        return self._typical

    def round_time(self, plan: Plan, number: int) -> float:
        """Seconds that a round's trials are likely to take one after the other, once a trial is
        finished.
        """
        expected = self.typical()
        overall = statistics.median(expected.values())
        seconds = (
            expected.get((planned.target, planned.load), overall) + STARTING
            for planned in plan.trials
            if planned.round == number
        )
        return sum(seconds)

    def remaining(self, under_way: Iterable[tuple[Planned, float]]) -> float | None:
        """Seconds a campaign is likely to take still; None before its first trial is finished.

        Each trial is expected to take as long as the ones of its target and load took at the
        median, and where there are none yet, as long as the median of all.

        Args:
            under_way: those that run, with the seconds they have run.
        """
        running = list(under_way)
        if not self.done:
            return None
        expected = self.typical()
        overall = statistics.median(expected.values())
        total = 0.0
        for judged, count in self._left.items():
            total += count * (expected.get(judged, overall) + STARTING)
        for planned, ran in running:
            seconds = expected.get((planned.target, planned.load), overall) + STARTING
            total -= min(seconds, ran)
        return total / (len(running) or self._lanes)


def lanes() -> int:
    """How many trials run at a time: each needs about a core, and more than two tell no more."""
    return min(2, os.cpu_count() or 1)
