"""Many trials: their order, how many run at a time, and how an interrupted campaign goes on.

A campaign is a folder with its plan and one file for each finished trial. What is on disk is
the whole state: to resume is to run what the plan has and the folder lacks.
"""

from __future__ import annotations

import os
import random
import statistics
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Protocol

import msgspec

from scripts.domain.entries import SURVEY_FILE, Survey
from scripts.domain.trial import SCHEMA, Load, Target, Trial
from scripts.environments.build import Environments
from scripts.trials import store
from scripts.trials.process import Interrupted, orphaned
from scripts.trials.run import Slot, run_trial

BUILDERS = 2
"""Environments built at a time."""

STARTING = 1.5
"""Seconds that a trial's server and client take to start, about."""

ORPHAN_CHECK = 0.5
"""Seconds between two looks at whether the starter still lives."""


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
        newest: the releases that "newest" stood for when the campaign was laid out, by package.
    """

    schema: int = SCHEMA
    name: str
    created: str
    lanes: int
    deadline: float | None
    trials: list[Planned]
    newest: dict[str, str] = {}


class Watcher(Protocol):
    """Whoever wants to see a campaign go on; called from one thread only."""

    def started(self, planned: Planned) -> None:
        """A trial begins."""

    def finished(self, planned: Planned, trial: Trial) -> None:
        """A trial is over and its file is written."""


class Stopped(Exception):
    """The campaign was interrupted; what was finished is on disk."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


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
    return Plan(
        name=name,
        created=created,
        lanes=lanes,
        deadline=deadline,
        trials=trials,
    )


def create(planned: Plan, results: Path = store.RESULTS) -> Path:
    """Make a campaign's folder and write its plan there.

    Raises:
        MeasurementProblem: the folder cannot be written.
    """
    return store.create(planned, store.PLAN, results)


def load_plan(folder: Path) -> Plan:
    """Read a campaign's plan.

    Raises:
        UsageProblem: the folder is no campaign of this schema.
    """
    return store.described(folder, store.PLAN, Plan, "campaign")


def load_survey(folder: Path) -> Survey:
    """Read the survey that a campaign is.

    Raises:
        UsageProblem: it is none of this schema.
    """
    return store.described(folder, SURVEY_FILE, Survey, "survey")


def run(folder: Path, environments: Environments, watcher: Watcher) -> list[Trial]:
    """Run what a campaign still lacks.

    Args:
        folder: the campaign's, with its plan.
        environments: where clients and servers run.
        watcher: told of every start and finish.

    Returns:
        All the campaign's trials, in order.

    Raises:
        Stopped: interrupted; what was finished is on disk and nothing is left running.
        MeasurementProblem: a trial could not be written.
        UsageProblem: the plan or a stored trial is damaged.
    """
    return _Run(folder, environments, watcher).whole()


class _Run:
    """The running of one campaign: a thread for each lane, the watcher on the main one."""

    def __init__(self, folder: Path, environments: Environments, watcher: Watcher) -> None:
        self.plan = load_plan(folder)
        self.folder = folder
        self.environments = environments
        self.watcher = watcher
        done = {each.order: each for each in store.trials(folder)}
        self.done = done
        self.pending = [each for each in self.plan.trials if each.order not in done]
        self.stopping = threading.Event()

    def whole(self) -> list[Trial]:
        builders = ThreadPoolExecutor(BUILDERS, thread_name_prefix="builder")
        lanes = ThreadPoolExecutor(self.plan.lanes, thread_name_prefix="lane")
        running: dict[Future[Trial], Planned] = {}
        try:
            for target in dict.fromkeys(each.target for each in self.pending):
                builders.submit(self.environments.prepare, target, self.stopping.is_set)
            while self.pending or running:
                while self.pending and len(running) < self.plan.lanes:
                    following = self._next()
                    running[lanes.submit(self._trial, following)] = following
                    self.watcher.started(following)
                finished, _ = wait(running, timeout=ORPHAN_CHECK, return_when=FIRST_COMPLETED)
                for future in finished:
                    planned = running.pop(future)
                    self.done[planned.order] = future.result()
                    self.watcher.finished(planned, self.done[planned.order])
                if orphaned():
                    raise Stopped("whatever started this is gone")
        except KeyboardInterrupt:
            raise Stopped("interrupted") from None
        except OSError as error:
            raise store.unwritten(self.folder, error) from error
        finally:
            self.stopping.set()
            builders.shutdown(wait=True, cancel_futures=True)
            lanes.shutdown(wait=True, cancel_futures=True)
        return [self.done[order] for order in sorted(self.done)]

    def _next(self) -> Planned:
        """The next trial: in order, but the last round starts with what takes longest.

        With several lanes a long trial at the very end would leave the others idle.
        """
        last = self.plan.trials[-1].round
        if self.pending[0].round < last:
            return self.pending.pop(0)
        expected = typical(self.done.values())
        longest = max(self.pending, key=lambda each: expected.get((each.target, each.load), 0.0))
        self.pending.remove(longest)
        return longest

    def _trial(self, planned: Planned) -> Trial:
        slot = Slot(self.plan.name, planned.order, planned.round, self.plan.lanes)
        found = run_trial(
            planned.target,
            planned.load,
            slot,
            self.environments,
            self.plan.deadline,
            self.stopping.is_set,
        )
        if self.stopping.is_set():
            raise Interrupted  # its end may have been ours
        store.write(found, self.folder)
        return found


def remaining(
    planned: Plan, done: Sequence[Trial], under_way: Sequence[tuple[Planned, float]]
) -> float | None:
    """Seconds a campaign is likely to take still; None before anything is known.

    Each trial is expected to take as long as the ones of its target and load took at the
    median, and where there are none yet, as long as the median of all.

    Args:
        planned: the campaign.
        done: its finished trials.
        under_way: those that run, each with the seconds it has run.
    """
    if not done:
        return None
    expected = typical(done)
    overall = statistics.median(expected.values())
    finished = {each.order for each in done}
    running = {each.order: seconds for each, seconds in under_way}
    total = 0.0
    for each in planned.trials:
        if each.order not in finished:
            seconds = expected.get((each.target, each.load), overall) + STARTING
            total += max(0.0, seconds - running.get(each.order, 0.0))
    return total / planned.lanes


def typical(done: Iterable[Trial]) -> dict[tuple[Target, Load], float]:
    """Median wall seconds of the finished trials, by target and load."""
    walls: dict[tuple[Target, Load], list[float]] = {}
    for each in done:
        walls.setdefault((each.target, each.load), []).append(each.wall or 0.0)
    return {key: statistics.median(group) for key, group in walls.items()}


def lanes() -> int:
    """How many trials run at a time: each needs about a core, and more than two tell no more."""
    return min(2, os.cpu_count() or 1)
