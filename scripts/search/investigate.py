"""Runs the trials that a bisection wants, until it is answered or its time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from rich.console import Console
from rich.text import Text

from scripts.analysis.readings import Reading
from scripts.domain.trial import Target, Trial
from scripts.domain.words import duration, plain
from scripts.search.bisection import Step
from scripts.search.question import Question
from scripts.trials.lanes import Runner
from scripts.trials.series import Series


class Progress:
    """A search as it goes on: a line for each trial, and what runs now. On standard error.

    Args:
        question: what is asked.
        console: where to show it.
        words: says what a reading rests on.
    """

    def __init__(
        self, question: Question, console: Console, words: Callable[[Reading], str]
    ) -> None:
        self.question = question
        self.console = console
        self.words = words
        self.began = time.monotonic()

    @contextmanager
    def running(self, step: Step) -> Iterator[None]:
        """Show what runs, for as long as it does."""
        words = f"[{step.round}] {step.target.name}: {step.why}"
        if self.question.budget is not None:
            left = max(0.0, self.question.budget - (time.monotonic() - self.began))
            words += f"   {duration(left)} left of the budget"
        with self.console.status(Text(plain(words))):
            yield

    def done(self, step: Step, reading: Reading, trial: Trial) -> None:
        """One line, which stays."""
        wall = "" if trial.client.wall is None else f"   {duration(trial.client.wall)}"
        style = {True: "red", False: "", None: "yellow"}[reading.bad]
        said = self.words(reading)
        said = said if len(said) <= 100 else f"{said[:99]}…"
        words = f"[{step.round:>3}] {step.target.name}: {reading.verdict} ({said}){wall}"
        self.console.print(Text(plain(f"{words}   {step.why}"), style=style), soft_wrap=True)


class Search(Protocol):
    """What asks for trials: a bisection or a history."""

    @property
    def question(self) -> Question:
        """What is asked."""

    def next(self) -> Step | None:
        """The next trial to run; None when there is none."""

    def soon(self, step: Step) -> list[Target]:
        """Targets that are likely to be tried after a step."""

    def take(self, step: Step, trial: Trial, control: Trial | None) -> Reading:
        """Take in a trial; returns what it says."""


Found = TypeVar("Found", bound=Search)


def investigate(
    found: Found,
    folder: Path,
    runner: Runner,
    progress: Progress,
) -> Found:
    """Go on with a question until it is answered, or its budget or its trials are used up.

    Args:
        found: the search, without any trials.
        folder: the question's, with the trials that earlier runs left.
        runner: where trials run.
        progress: told of every trial.

    Raises:
        Stopped: interrupted; what was finished is on disk.
        UsageProblem: the question or a stored trial is damaged.
        MeasurementProblem: a trial could not be written.
    """
    question = found.question
    began = time.monotonic()
    with Series(folder, runner, question.deadline) as series:
        ends = (question.points[-1].target, question.points[0].target)
        series.prepare([*ends, *([question.control] if question.control else [])])
        replayed(found, series.trials)
        while (step := found.next()) is not None:
            if question.budget is not None and time.monotonic() - began > question.budget:
                break
            series.prepare(found.soon(step))
            control = None
            with progress.running(step):
                if question.control is not None:
                    control = series.run(question.control, question.load, step.round)
                trial = series.run(step.target, question.load, step.round)
            reading = found.take(step, trial, control)
            progress.done(step, reading, trial)
    return found


def replayed(found: Found, trials: Iterable[Trial]) -> Found:
    """A search with the trials that a series has of it; runs nothing.

    What was run is taken in as it was, whether or not the search would ask for the same today.

    Args:
        found: the search, without any trials.
        trials: the series'.
    """
    control = found.question.control
    rounds: dict[int, list[Trial]] = {}
    for each in sorted(trials, key=lambda each: each.place.order):
        rounds.setdefault(each.place.round, []).append(each)
    for number in sorted(rounds):
        beside = next((each for each in rounds[number] if each.target == control), None)
        for each in rounds[number]:
            # A control alone is what an interrupted round leaves: the next one goes on from it.
            if each.target != control and (beside is not None or control is None):
                found.take(Step(number, each.target, "stored"), each, beside)
    return found
